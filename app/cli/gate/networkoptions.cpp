#include "app/cli/gate/networkoptions.h"

#include "app/cli/gate/inputfile.h"
#include "core/base/bytes.h"

#include <QJsonDocument>

namespace boxgate::cli {

namespace {

/// Characters of a refused word in a sentence.
constexpr qsizetype MaxShown = 80;

template <typename T> Result<T> inOption(const char *option, Result<T> read)
{
    if (!read)
        return fail(read.error().in(QStringLiteral("--%1").arg(QLatin1String(option))));
    return read;
}

Result<NetworkSpec> readNetworkFile(const QString &name)
{
    const Result<QByteArray> bytes = readInputFile(name);
    BOXGATE_TRY(bytes);
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(*bytes, &error);
    if (!document.isObject()) {
        const QString what = document.isNull() ? error.errorString() : QStringLiteral("it is no object");
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 is not a network specification: %2").arg(name, what));
    }
    return NetworkSpec::fromJson(document.object());
}

/// The mode and the rules, which depend on each other.
Result<void> readMode(const Arguments &arguments, NetworkSpec &network)
{
    const QStringList rules = arguments.values("allow-net");
    network.allowNet += rules;
    if (!rules.isEmpty())
        network.mode = NetworkMode::Allowlist;
    if (arguments.has("network")) {
        const QString text = arguments.value("network");
        const Result<NetworkMode> mode = inOption("network", networkModeFromString(text));
        BOXGATE_TRY(mode);
        const bool isEnabledWithRules = text == QLatin1String("enabled") && !rules.isEmpty();
        if (!isEnabledWithRules)
            network.mode = *mode;
    }
    if (!rules.isEmpty() && network.mode != NetworkMode::Allowlist) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--allow-net has no effect with --network %1: use --network allowlist")
                        .arg(toString(network.mode)));
    }
    NetworkSpec onlyRules;
    onlyRules.allowNet = rules;
    return inOption("allow-net", onlyRules.check());
}

Result<int> readMtu(const QString &text)
{
    bool isNumber = false;
    const int mtu = text.toInt(&isNumber);
    if (!isNumber || mtu < 576 || mtu > 65520) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--mtu: '%1' is not a number of bytes from 576 to 65520")
                        .arg(text.left(MaxShown)));
    }
    return mtu;
}

} // namespace

Result<void> readHostLoopback(const QString &text, NetworkSpec &network)
{
    network.hostLoopbackPorts.clear();
    if (const Result<HostLoopback> word = hostLoopbackFromString(text);
        word && *word != HostLoopback::Ports) {
        network.hostLoopback = *word;
        return {};
    }
    network.hostLoopback = HostLoopback::Ports;
    for (const QString &part : text.split(u',')) {
        bool isNumber = false;
        const uint port = part.trimmed().toUInt(&isNumber);
        if (!isNumber || port < 1 || port > 65535) {
            return fail(
                ErrorCode::InvalidArgument,
                QStringLiteral(
                    "--host-loopback: '%1' is neither open, off nor a list of ports such as 8081,5432")
                    .arg(text.left(MaxShown)));
        }
        network.hostLoopbackPorts.append(quint16(port));
    }
    return {};
}

Result<quint64> rateFromText(const QString &text)
{
    if (text == QLatin1String("off"))
        return quint64(0);
    QString number = text;
    if (number.endsWith(QLatin1String("/s")))
        number.chop(2);
    const Result<Bytes> rate = Bytes::parse(number);
    if (!rate) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a rate: write bytes per second with k, m or g, such as 512k "
                                   "or 1.5m, or off")
                        .arg(text.left(MaxShown)));
    }
    return rate->count();
}

Result<void> readLimits(const QString &text, RateLimits &limits)
{
    for (const QString &part : text.split(u',')) {
        const QString direction = part.section(u'=', 0, 0).trimmed();
        const bool isSent = direction == QLatin1String("sent");
        if (!part.contains(u'=') || (!isSent && direction != QLatin1String("received"))) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("'%1' is not a limit: write sent=RATE, received=RATE or both with a "
                                       "comma, such as sent=1m,received=512k")
                            .arg(part.left(MaxShown)));
        }
        const Result<quint64> rate = rateFromText(part.section(u'=', 1).trimmed());
        BOXGATE_TRY(rate);
        (isSent ? limits.sentBytesPerSecond : limits.receivedBytesPerSecond) = *rate;
    }
    return {};
}

Result<void> addZone(const QString &word, QList<DnsZone> &zones)
{
    const QString left = word.section(u'=', 0, 0);
    const QString ip = word.section(u'=', 1);
    DnsZone added;
    added.name = left.section(u':', 0, 0);
    if (left.contains(u':')) {
        const QString host = left.section(u':', 1);
        added.records.append({host == QLatin1String("@") ? QString() : host, ip});
        if (host.isEmpty() || ip.isEmpty()) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("'%1' is not a record: write NAME:HOST=IP, such as "
                                       "lab.test:db=10.0.0.5, or NAME:@=IP for NAME itself")
                            .arg(word.left(MaxShown)));
        }
    } else if (word.contains(u'=')) {
        added.defaultIp = ip;
    }
    const Result<void> usable = added.check();
    BOXGATE_TRY(usable);
    const auto known = std::find_if(zones.begin(), zones.end(), [&added](const DnsZone &zone) {
        return zone.name.compare(added.name, Qt::CaseInsensitive) == 0;
    });
    if (known == zones.end()) {
        zones.append(added);
        return {};
    }
    known->records += added.records;
    if (!added.defaultIp.isEmpty())
        known->defaultIp = added.defaultIp;
    return {};
}

Result<NetworkSpec> readNetworkOptions(const Arguments &arguments)
{
    NetworkSpec network;
    if (arguments.has("network-file")) {
        const Result<NetworkSpec> file =
            inOption("network-file", readNetworkFile(arguments.value("network-file")));
        BOXGATE_TRY(file);
        network = *file;
    }
    Result<void> read = readMode(arguments, network);
    BOXGATE_TRY(read);
    if (arguments.has("host-loopback")) {
        read = readHostLoopback(arguments.value("host-loopback"), network);
        BOXGATE_TRY(read);
    }
    for (const QString &word : arguments.values("publish")) {
        const Result<PortMapping> port = inOption("publish", PortMapping::parse(word));
        BOXGATE_TRY(port);
        network.ports.append(*port);
    }
    for (const QString &word : arguments.values("dns-zone")) {
        read = inOption("dns-zone", addZone(word, network.zones));
        BOXGATE_TRY(read);
    }
    for (const QString &word : arguments.values("limit")) {
        read = inOption("limit", readLimits(word, network.limits));
        BOXGATE_TRY(read);
    }
    if (arguments.has("mtu")) {
        const Result<int> mtu = readMtu(arguments.value("mtu"));
        BOXGATE_TRY(mtu);
        network.mtu = *mtu;
    }
    network.capture = network.capture || arguments.has("capture");
    read = network.check();
    BOXGATE_TRY(read);
    return network;
}

} // namespace boxgate::cli
