#include "core/model/networkspec.h"

#include "core/base/jsonreader.h"
#include "net/policy/allowrule.h"

#include <QJsonArray>

namespace boxgate {

namespace {

/// Characters of a refused rule in a sentence.
constexpr qsizetype MaxShownRule = 80;

} // namespace

QString toString(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::Open:
        return QStringLiteral("open");
    case NetworkMode::Allowlist:
        return QStringLiteral("allowlist");
    case NetworkMode::Off:
        break;
    }
    return QStringLiteral("off");
}

Result<NetworkMode> networkModeFromString(const QString &text)
{
    if (text == QLatin1String("open") || text == QLatin1String("enabled"))
        return NetworkMode::Open;
    if (text == QLatin1String("allowlist"))
        return NetworkMode::Allowlist;
    if (text == QLatin1String("off") || text == QLatin1String("disabled"))
        return NetworkMode::Off;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a network mode: use open, allowlist or off").arg(text));
}

QString toString(HostLoopback setting)
{
    switch (setting) {
    case HostLoopback::Open:
        return QStringLiteral("open");
    case HostLoopback::Ports:
        return QStringLiteral("ports");
    case HostLoopback::Off:
        break;
    }
    return QStringLiteral("off");
}

Result<HostLoopback> hostLoopbackFromString(const QString &text)
{
    if (text == QLatin1String("open"))
        return HostLoopback::Open;
    if (text == QLatin1String("ports"))
        return HostLoopback::Ports;
    if (text == QLatin1String("off"))
        return HostLoopback::Off;
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a host loopback setting: use open, ports or off").arg(text));
}

Result<void> NetworkSpec::check() const
{
    for (const QString &text : allowNet) {
        const auto rule = net::AllowRule::parse(text.toStdString());
        if (!rule) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("The rule '%1' cannot be used: %2")
                            .arg(text.left(MaxShownRule), QString::fromStdString(rule.error())));
        }
    }
    // Said rather than ignored: a port that silently does not answer costs its user an hour.
    if (!ports.isEmpty()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("Port %1 cannot be published: port mappings come with the next version")
                        .arg(ports.first().toString()));
    }
    return {};
}

QJsonObject NetworkSpec::toJson() const
{
    QJsonArray mapped;
    for (const PortMapping &port : ports)
        mapped.append(port.toJson());
    QJsonArray loopbackPorts;
    for (const quint16 port : hostLoopbackPorts)
        loopbackPorts.append(port);
    return {{QStringLiteral("mode"), toString(mode)},
            {QStringLiteral("allow_net"), QJsonArray::fromStringList(allowNet)},
            {QStringLiteral("host_loopback"), toString(hostLoopback)},
            {QStringLiteral("host_loopback_ports"), loopbackPorts},
            {QStringLiteral("ports"), mapped},
            {QStringLiteral("mtu"), mtu}};
}

Result<NetworkSpec> NetworkSpec::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("network"));
    NetworkSpec spec;
    spec.allowNet = reader.strings(QStringLiteral("allow_net")).value_or(QStringList());
    if (const auto text = reader.string(QStringLiteral("mode"))) {
        const Result<NetworkMode> mode = networkModeFromString(*text);
        if (!mode)
            reader.reject(QStringLiteral("mode"), QStringLiteral("must be open, allowlist or off"));
        else if (*text == QLatin1String("enabled") && !spec.allowNet.isEmpty())
            spec.mode = NetworkMode::Allowlist;
        else
            spec.mode = *mode;
    }
    if (const auto text = reader.string(QStringLiteral("host_loopback"))) {
        const Result<HostLoopback> setting = hostLoopbackFromString(*text);
        if (!setting)
            reader.reject(QStringLiteral("host_loopback"), QStringLiteral("must be open, ports or off"));
        else
            spec.hostLoopback = *setting;
    }
    const QJsonArray loopbackPorts =
        reader.array(QStringLiteral("host_loopback_ports")).value_or(QJsonArray());
    for (const QJsonValue &value : loopbackPorts) {
        const int port = value.toInt();
        if (port < 1 || port > 65535)
            reader.reject(QStringLiteral("host_loopback_ports"), QStringLiteral("must hold port numbers"));
        else
            spec.hostLoopbackPorts.append(quint16(port));
    }
    const QJsonArray mapped = reader.array(QStringLiteral("ports")).value_or(QJsonArray());
    for (const QJsonValue &value : mapped) {
        const Result<PortMapping> port = PortMapping::fromJson(value.toObject());
        BOXGATE_TRY(port);
        spec.ports.append(*port);
    }
    spec.mtu = int(reader.integer(QStringLiteral("mtu"), 576, 65520).value_or(spec.mtu));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return spec;
}

} // namespace boxgate
