#include "app/cli/gate/recordedrules.h"

#include "app/cli/gate/rulelist.h"
#include "core/model/rulematcher.h"

#include <QHostAddress>
#include <QMap>
#include <QSet>

#include <algorithm>
#include <array>
#include <tuple>

namespace boxgate::cli {

namespace {

/// Domains below which everybody can have a name: a wildcard there allows strangers. The ones that boxes meet
/// most; a country's second level is told by its shape.
/// Source   the private part of https://publicsuffix.org/list/
constexpr std::array SharedDomains{
    "amazonaws.com",
    "s3.amazonaws.com",
    "cloudfront.net",
    "azurewebsites.net",
    "core.windows.net",
    "cloudapp.net",
    "appspot.com",
    "googleapis.com",
    "firebaseapp.com",
    "web.app",
    "github.io",
    "gitlab.io",
    "githubusercontent.com",
    "herokuapp.com",
    "netlify.app",
    "vercel.app",
    "pages.dev",
    "workers.dev",
    "fly.dev",
    "blogspot.com",
    "fastly.net",
    "akamaiedge.net",
    "ngrok.io",
    "trycloudflare.com",
    "duckdns.org",
};

/// One destination of rules to be: what stands left of the ':' and right of it.
struct Target
{
    bool isName = true;
    QString host; ///< name in lower case, or address
    QString protocol;
    quint16 port = 0;

    auto key() const { return std::tie(isName, host, protocol, port); }
    bool operator<(const Target &other) const { return key() < other.key(); }
};

struct Seen
{
    QSet<QString> hosts;
    NetTraffic traffic;
    quint64 flows = 0;

    void add(const Seen &other)
    {
        hosts += other.hosts;
        traffic.bytesSent += other.traffic.bytesSent;
        traffic.bytesReceived += other.traffic.bytesReceived;
        traffic.packetsSent += other.traffic.packetsSent;
        traffic.packetsReceived += other.traffic.packetsReceived;
        flows += other.flows;
    }
};

using Targets = QMap<Target, Seen>;

bool needsRule(const NetDestination &destination)
{
    const NetPeer &peer = destination.peer;
    return peer.direction == FlowDirection::Outbound && destination.reason != GateReason::HostAlias
        && (peer.protocol == QLatin1String("tcp") || peer.protocol == QLatin1String("udp")) && peer.port > 0;
}

/// Whether a rule can be made of the name: one that a hello claimed may hold anything.
bool isRuleName(const QString &name)
{
    return !name.isEmpty() && !name.contains(u'*') && ruleProblem(name).isEmpty();
}

Targets targetsOf(const QList<NetDestination> &destinations, const QStringList &known)
{
    const RuleMatcher matcher(known);
    Targets targets;
    for (const NetDestination &destination : destinations) {
        const NetPeer &peer = destination.peer;
        if (!needsRule(destination) || matcher.match(peer))
            continue;
        const bool isName = isRuleName(peer.name);
        const Target target{isName, isName ? peer.name.toLower() : peer.address, peer.protocol, peer.port};
        targets[target].add(Seen{{target.host}, destination.traffic, destination.flows});
    }
    return targets;
}

/// Whether strangers may own names below the domain.
bool isShared(const QString &domain)
{
    const QStringList labels = domain.split(u'.');
    if (labels.size() < 2)
        return true;
    const bool isCountrysSecondLevel =
        labels.size() == 2 && labels[1].size() == 2 && labels[0].size() <= 3; // co.uk, com.au
    return isCountrysSecondLevel
        || std::any_of(SharedDomains.begin(), SharedDomains.end(),
                       [&domain](const char *shared) { return domain == QLatin1String(shared); });
}

/// The wider target that this one may be a part of; its host is empty when there is none.
Target groupOf(const Target &target)
{
    Target group = target;
    if (target.isName) {
        const QString domain = target.host.section(u'.', 1);
        group.host = isShared(domain) ? QString() : QStringLiteral("*.") + domain;
    } else {
        group.host = target.host.section(u'.', 0, 2) + QStringLiteral(".0/24");
    }
    return group;
}

/// Whether the wildcard covers the name, at any depth.
bool covers(const Target &group, const Target &target)
{
    if (group.isName != target.isName || group.protocol != target.protocol || group.port != target.port)
        return false;
    return target.isName ? target.host.endsWith(QStringView(group.host).mid(1))
                         : groupOf(target).host == group.host;
}

Targets grouped(const Targets &targets)
{
    QMap<Target, qsizetype> sizes;
    for (const Target &target : targets.keys()) {
        if (const Target group = groupOf(target); !group.host.isEmpty())
            ++sizes[group];
    }
    Targets groups;
    for (auto size = sizes.cbegin(); size != sizes.cend(); ++size) {
        if (*size >= (size.key().isName ? GroupedHosts : GroupedAddresses))
            groups.insert(size.key(), {});
    }
    // A group inside another one is none: *.a.org covers *.b.a.org.
    Targets outermost;
    for (const Target &group : groups.keys()) {
        const bool isInside = std::any_of(groups.keyBegin(), groups.keyEnd(), [&group](const Target &other) {
            return other.isName && other.host != group.host && covers(other, group);
        });
        if (!isInside)
            outermost.insert(group, {});
    }
    Targets result = outermost;
    for (auto target = targets.cbegin(); target != targets.cend(); ++target) {
        const auto group =
            std::find_if(outermost.keyBegin(), outermost.keyEnd(),
                         [&target](const Target &candidate) { return covers(candidate, target.key()); });
        result[group == outermost.keyEnd() ? target.key() : *group].add(*target);
    }
    return result;
}

/// "a.org:443", "192.0.2.7:5000-5003/udp". A name without a protocol grants TCP alone, an address both.
QString ruleText(const Target &first, quint16 lastPort, bool isBoth)
{
    QString text = QStringLiteral("%1:%2").arg(first.host).arg(first.port);
    if (lastPort > first.port)
        text += QStringLiteral("-%1").arg(lastPort);
    const bool isImplied = first.isName ? first.protocol == QLatin1String("tcp") : isBoth;
    return isImplied ? text : text + QLatin1Char('/') + first.protocol;
}

/// What rules are sorted by: names by their domain from the top, then addresses by number.
std::tuple<bool, QString, quint32> orderOf(const Target &target)
{
    if (!target.isName)
        return {true, {}, QHostAddress(target.host.section(u'/', 0, 0)).toIPv4Address()};
    QStringList labels = target.host.split(u'.');
    std::reverse(labels.begin(), labels.end());
    return {false, labels.join(u'.'), 0};
}

/// Makes one rule of an address that was used with both protocols on one port: the TCP target stands for
/// both.
QSet<QString> takeBoth(Targets &targets)
{
    QSet<QString> both;
    for (const Target &target : targets.keys()) {
        Target udp = target;
        udp.protocol = QStringLiteral("udp");
        if (target.isName || target.protocol != QLatin1String("tcp") || !targets.contains(udp))
            continue;
        targets[target].add(targets.take(udp));
        both.insert(ruleText(target, target.port, true));
    }
    return both;
}

} // namespace

QList<RecordedRule> recordedRules(const QList<NetDestination> &destinations, const QStringList &known,
                                  RuleWidth width)
{
    Targets targets = targetsOf(destinations, known);
    if (width == RuleWidth::Grouped)
        targets = grouped(targets);
    const QSet<QString> both = takeBoth(targets);
    const auto isBoth = [&both](const Target &target) {
        return both.contains(ruleText(target, target.port, true));
    };
    QList<Target> order = targets.keys();
    std::stable_sort(order.begin(), order.end(),
                     [](const Target &a, const Target &b) { return orderOf(a) < orderOf(b); });
    QList<RecordedRule> rules;
    for (qsizetype next = 0; next < order.size();) {
        const Target &first = order[next];
        Seen seen;
        Target last = first;
        // Sorted by host, protocol and port: the ports side by side follow each other.
        do {
            last = order[next];
            seen.add(targets.value(last));
            ++next;
        } while (next < order.size() && order[next].host == first.host
                 && order[next].protocol == first.protocol && order[next].port == last.port + 1
                 && isBoth(order[next]) == isBoth(first));
        QStringList hosts = seen.hosts.values();
        hosts.sort();
        rules.append({ruleText(first, last.port, isBoth(first)), hosts, seen.traffic, seen.flows});
    }
    return rules;
}

QList<quint16> recordedLoopbackPorts(const QList<NetDestination> &destinations)
{
    QSet<quint16> ports;
    for (const NetDestination &destination : destinations) {
        if (destination.reason == GateReason::HostAlias
            && destination.peer.direction == FlowDirection::Outbound)
            ports.insert(destination.peer.port);
    }
    QList<quint16> sorted = ports.values();
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

QList<NetDestination> destinationsSince(const QList<NetDestination> &before, const QList<NetDestination> &now)
{
    const auto sameAs = [](const NetDestination &one) {
        return [&one](const NetDestination &other) {
            const NetPeer &a = one.peer;
            const NetPeer &b = other.peer;
            return a.protocol == b.protocol && a.direction == b.direction && a.port == b.port
                && a.name == b.name && (!a.name.isEmpty() || a.address == b.address);
        };
    };
    QList<NetDestination> used;
    for (const NetDestination &destination : now) {
        NetDestination since = destination;
        const auto known = std::find_if(before.begin(), before.end(), sameAs(destination));
        if (known != before.end()) {
            since.flows -= std::min(since.flows, known->flows);
            since.traffic.bytesSent -= std::min(since.traffic.bytesSent, known->traffic.bytesSent);
            since.traffic.bytesReceived -=
                std::min(since.traffic.bytesReceived, known->traffic.bytesReceived);
            since.traffic.packetsSent -= std::min(since.traffic.packetsSent, known->traffic.packetsSent);
            since.traffic.packetsReceived -=
                std::min(since.traffic.packetsReceived, known->traffic.packetsReceived);
        }
        if (since.flows > 0 || since.traffic.packetsSent > 0)
            used.append(since);
    }
    return used;
}

} // namespace boxgate::cli
