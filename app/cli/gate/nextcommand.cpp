#include "app/cli/gate/nextcommand.h"

#include "app/cli/gate/rulelist.h"

#include <algorithm>

namespace boxgate::cli {

namespace {

constexpr quint16 DnsPort = 53;

QString portsText(QList<quint16> ports)
{
    std::sort(ports.begin(), ports.end());
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    QStringList texts;
    for (const quint16 port : std::as_const(ports))
        texts.append(QString::number(port));
    return texts.join(u',');
}

/// The command that adds a rule for the peer; empty when no rule can be made of it. What a hello claimed to
/// be a name may hold anything, and the command is made to be copied into a shell.
QString allow(const QString &boxName, const NetPeer &peer)
{
    const QString rule = ruleFor(peer);
    if (peer.name.contains(u'*') || !ruleProblem(rule).isEmpty())
        return {};
    return QStringLiteral("boxgate net allow %1 %2").arg(boxName, rule);
}

QString hostLoopback(const QString &boxName, const QString &word)
{
    return QStringLiteral("boxgate net host-loopback %1 %2").arg(boxName, word);
}

} // namespace

QString ruleFor(const NetPeer &peer)
{
    QString rule = peer.name.isEmpty() ? peer.address : peer.name;
    if (peer.port > 0)
        rule += QStringLiteral(":%1").arg(peer.port);
    // A name grants TCP alone when it says nothing, an address both.
    const bool isImplied = !peer.name.isEmpty() && peer.protocol == QLatin1String("tcp");
    return isImplied || peer.protocol.isEmpty() ? rule : rule + QLatin1Char('/') + peer.protocol;
}

QString allowCommand(const QString &boxName, const NetworkSpec &network, GateReason reason,
                     const NetPeer &peer)
{
    if (peer.address.isEmpty() && peer.name.isEmpty())
        return {};
    NetPeer byAddress = peer;
    byAddress.name.clear();
    switch (reason) {
    case GateReason::NoRule:
    case GateReason::ForeignName: {
        const QString byName = allow(boxName, peer);
        return byName.isEmpty() ? allow(boxName, byAddress) : byName;
    }
    case GateReason::NoName:
        return allow(boxName, byAddress);
    case GateReason::OffMode:
        return QStringLiteral("boxgate net mode %1 %2")
            .arg(boxName, toString(network.allowNet.isEmpty() ? NetworkMode::Open : NetworkMode::Allowlist));
    case GateReason::NameService:
        // The open network lets other protocols for names pass, and never another server's port 53.
        return peer.port == DnsPort ? QString() : QStringLiteral("boxgate net mode %1 open").arg(boxName);
    case GateReason::HostAliasClosed:
        return hostLoopback(boxName, portsText(network.hostLoopbackPorts + QList{peer.port}));
    default:
        return {};
    }
}

QString closeCommand(const QString &boxName, const HostListener &listener, const QList<HostListener> &reached)
{
    QList<quint16> left;
    for (const HostListener &other : reached) {
        if (other.port != listener.port)
            left.append(other.port);
    }
    return hostLoopback(boxName, left.isEmpty() ? QStringLiteral("off") : portsText(left));
}

} // namespace boxgate::cli
