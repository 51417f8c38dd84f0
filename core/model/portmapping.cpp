#include "core/model/portmapping.h"

#include "core/base/jsonreader.h"

#include <QRegularExpression>
#include <QStringList>

namespace boxgate {

namespace {

std::optional<quint16> port(const QString &text, int lowest)
{
    bool isNumber = false;
    const int number = text.toInt(&isNumber);
    if (!isNumber || number < lowest || number > 65535)
        return std::nullopt;
    return quint16(number);
}

} // namespace

QString toString(Protocol protocol)
{
    return protocol == Protocol::Udp ? QStringLiteral("udp") : QStringLiteral("tcp");
}

bool isIpv4Address(const QString &text)
{
    static const QRegularExpression pattern(
        QStringLiteral("\\A(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!\\z)|\\z)){4}\\z"));
    return pattern.match(text).hasMatch();
}

Result<PortMapping> PortMapping::parse(const QString &text)
{
    const auto wrong = [&text] {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a port mapping: write HOST:GUEST, such as 8080:80, "
                                   "127.0.0.1:8080:80 or 5353:53/udp")
                        .arg(text));
    };
    PortMapping mapping;
    QString rest = text;
    if (rest.endsWith(QLatin1String("/udp")))
        mapping.protocol = Protocol::Udp;
    if (rest.endsWith(QLatin1String("/udp")) || rest.endsWith(QLatin1String("/tcp")))
        rest.chop(4);
    const QStringList parts = rest.split(u':');
    if (parts.size() > 3)
        return wrong();
    const std::optional<quint16> guest = port(parts.last(), 1);
    if (!guest)
        return wrong();
    mapping.guestPort = *guest;
    if (parts.size() >= 2) {
        const QString hostText = parts[parts.size() - 2];
        const std::optional<quint16> host =
            hostText.isEmpty() ? std::optional<quint16>(0) : port(hostText, 0);
        if (!host)
            return wrong();
        mapping.hostPort = *host;
    }
    if (parts.size() == 3) {
        if (!isIpv4Address(parts[0]))
            return wrong();
        mapping.bindAddress = parts[0];
    }
    return mapping;
}

QString PortMapping::toString() const
{
    return QStringLiteral("%1:%2:%3/%4")
        .arg(bindAddress)
        .arg(hostPort)
        .arg(guestPort)
        .arg(boxgate::toString(protocol));
}

QJsonObject PortMapping::toJson() const
{
    return {{QStringLiteral("protocol"), boxgate::toString(protocol)},
            {QStringLiteral("bind"), bindAddress},
            {QStringLiteral("host_port"), hostPort},
            {QStringLiteral("guest_port"), guestPort}};
}

Result<PortMapping> PortMapping::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("ports"));
    PortMapping mapping;
    const QString protocol = reader.string(QStringLiteral("protocol")).value_or(QStringLiteral("tcp"));
    if (protocol == QLatin1String("udp"))
        mapping.protocol = Protocol::Udp;
    else if (protocol != QLatin1String("tcp"))
        reader.reject(QStringLiteral("protocol"), QStringLiteral("must be tcp or udp"));
    mapping.bindAddress = reader.string(QStringLiteral("bind")).value_or(mapping.bindAddress);
    if (!isIpv4Address(mapping.bindAddress))
        reader.reject(QStringLiteral("bind"), QStringLiteral("must be an IPv4 address"));
    mapping.hostPort = quint16(reader.integer(QStringLiteral("host_port"), 0, 65535).value_or(0));
    mapping.guestPort = quint16(reader.integer(QStringLiteral("guest_port"), 1, 65535).value_or(0));
    if (mapping.guestPort == 0)
        reader.reject(QStringLiteral("guest_port"), QStringLiteral("is missing"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return mapping;
}

} // namespace boxgate
