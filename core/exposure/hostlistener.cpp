#include "core/exposure/hostlistener.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace boxgate {

namespace {

struct KnownPort
{
    quint16 port;
    Protocol protocol;
    const char *name;
    bool sensitive;
};

/// Sensitive: usually open to whoever reaches it, or worth attacking, and the host's data or the host itself
/// is behind it.
constexpr std::array KnownPorts{
    KnownPort{22, Protocol::Tcp, "ssh", true},
    KnownPort{25, Protocol::Tcp, "smtp", false},
    KnownPort{53, Protocol::Tcp, "dns", false},
    KnownPort{53, Protocol::Udp, "dns", false},
    KnownPort{80, Protocol::Tcp, "http", false},
    KnownPort{111, Protocol::Tcp, "rpcbind", false},
    KnownPort{111, Protocol::Udp, "rpcbind", false},
    KnownPort{123, Protocol::Udp, "ntp", false},
    KnownPort{139, Protocol::Tcp, "smb", true},
    KnownPort{389, Protocol::Tcp, "ldap", true},
    KnownPort{443, Protocol::Tcp, "https", false},
    KnownPort{445, Protocol::Tcp, "smb", true},
    KnownPort{631, Protocol::Tcp, "ipp", false},
    KnownPort{873, Protocol::Tcp, "rsync", true},
    KnownPort{1433, Protocol::Tcp, "mssql", true},
    KnownPort{1521, Protocol::Tcp, "oracle", true},
    KnownPort{2049, Protocol::Tcp, "nfs", true},
    KnownPort{2375, Protocol::Tcp, "docker", true},
    KnownPort{2376, Protocol::Tcp, "docker", true},
    KnownPort{2379, Protocol::Tcp, "etcd", true},
    KnownPort{2380, Protocol::Tcp, "etcd", true},
    KnownPort{3306, Protocol::Tcp, "mysql", true},
    KnownPort{3389, Protocol::Tcp, "rdp", true},
    KnownPort{4444, Protocol::Tcp, "selenium", false},
    KnownPort{5037, Protocol::Tcp, "adb", true},
    KnownPort{5353, Protocol::Udp, "mdns", false},
    KnownPort{5432, Protocol::Tcp, "postgres", true},
    KnownPort{5672, Protocol::Tcp, "amqp", true},
    KnownPort{5900, Protocol::Tcp, "vnc", true},
    KnownPort{5984, Protocol::Tcp, "couchdb", true},
    KnownPort{6379, Protocol::Tcp, "redis", true},
    KnownPort{6443, Protocol::Tcp, "kubernetes", true},
    KnownPort{8086, Protocol::Tcp, "influxdb", true},
    KnownPort{8123, Protocol::Tcp, "clickhouse", true},
    KnownPort{8200, Protocol::Tcp, "vault", true},
    KnownPort{8500, Protocol::Tcp, "consul", true},
    KnownPort{8888, Protocol::Tcp, "jupyter", true},
    KnownPort{9000, Protocol::Tcp, "minio", true},
    KnownPort{9042, Protocol::Tcp, "cassandra", true},
    KnownPort{9090, Protocol::Tcp, "prometheus", false},
    KnownPort{9092, Protocol::Tcp, "kafka", true},
    KnownPort{9200, Protocol::Tcp, "elasticsearch", true},
    KnownPort{9222, Protocol::Tcp, "chrome-devtools", true},
    KnownPort{9229, Protocol::Tcp, "node-inspector", true},
    KnownPort{10250, Protocol::Tcp, "kubelet", true},
    KnownPort{11211, Protocol::Tcp, "memcached", true},
    KnownPort{11211, Protocol::Udp, "memcached", true},
    KnownPort{11434, Protocol::Tcp, "ollama", false},
    KnownPort{15672, Protocol::Tcp, "rabbitmq", true},
    KnownPort{16379, Protocol::Tcp, "redis-cluster", true},
    KnownPort{27017, Protocol::Tcp, "mongodb", true},
};

/// The runners' name servers listen on 127.0.0.1 too, but serve nobody but their own box: see net/services/.
bool isOurNameServer(const HostListener &listener, const QList<PortMapping> &published)
{
    const auto isIt = [&listener](const PortMapping &port) {
        return port.protocol == listener.protocol && port.hostPort == listener.port;
    };
    return listener.processName == QLatin1String("boxgate-runner")
        && std::none_of(published.begin(), published.end(), isIt);
}

bool isAllowed(const NetworkSpec &network, const HostListener &listener)
{
    if (!network.exposesLoopback())
        return false;
    return network.hostLoopback == HostLoopback::Open || network.hostLoopbackPorts.contains(listener.port);
}

} // namespace

QString HostListener::label() const
{
    if (!processName.isEmpty())
        return processName;
    return service.isEmpty() ? QStringLiteral("port %1").arg(port) : service;
}

bool isOnLoopback(const QHostAddress &address)
{
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4);
    if (isV4)
        return v4 == 0 || (v4 >> 24) == 127;
    return address == QHostAddress(QHostAddress::AnyIPv6)
        || address == QHostAddress(QHostAddress::LocalHostIPv6);
}

bool isReachedOnLoopback(const HostListener &listener)
{
    if (listener.address == QHostAddress(QHostAddress::AnyIPv6))
        return true;
    // Yields the IPv4 address of one that is mapped into IPv6, too.
    bool isV4 = false;
    const quint32 v4 = listener.address.toIPv4Address(&isV4);
    constexpr quint32 localhost = 0x7F000001;
    return isV4 && (v4 == 0 || v4 == localhost);
}

QList<HostListener> exposureOf(const NetworkSpec &network, const QList<HostListener> &listeners,
                               const QList<PortMapping> &published)
{
    QList<HostListener> exposed;
    for (const HostListener &listener : listeners) {
        if (isReachedOnLoopback(listener) && isAllowed(network, listener)
            && !isOurNameServer(listener, published))
            exposed.append(listener);
    }
    const auto key = [](const HostListener &one) { return std::make_tuple(one.port, one.protocol); };
    std::stable_sort(exposed.begin(), exposed.end(),
                     [&](const auto &a, const auto &b) { return key(a) < key(b); });
    // 0.0.0.0 and :: are usually the same service; the one whose process is known tells more.
    const auto sameService = [&](HostListener &kept, const HostListener &next) {
        if (key(kept) != key(next))
            return false;
        if (kept.processName.isEmpty() && !next.processName.isEmpty())
            kept = next;
        return true;
    };
    QList<HostListener> single;
    for (const HostListener &listener : exposed) {
        if (single.isEmpty() || !sameService(single.last(), listener))
            single.append(listener);
    }
    return single;
}

WellKnownService wellKnownService(Protocol protocol, quint16 port)
{
    for (const KnownPort &known : KnownPorts) {
        if (known.port == port && known.protocol == protocol)
            return {QString::fromLatin1(known.name), known.sensitive};
    }
    return {};
}

} // namespace boxgate
