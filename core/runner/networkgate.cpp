#include "core/runner/networkgate.h"

namespace boxgate {

namespace {

net::Mode modeOf(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::Open:
        return net::Mode::Open;
    case NetworkMode::Allowlist:
        return net::Mode::Allowlist;
    case NetworkMode::Off:
        break;
    }
    return net::Mode::Off;
}

net::HostAlias hostAliasOf(HostLoopback setting)
{
    switch (setting) {
    case HostLoopback::Open:
        return net::HostAlias::Open;
    case HostLoopback::Ports:
        return net::HostAlias::Ports;
    case HostLoopback::Off:
        break;
    }
    return net::HostAlias::Off;
}

} // namespace

net::PolicyConfig policyOf(const NetworkSpec &spec)
{
    net::PolicyConfig policy;
    policy.mode = modeOf(spec.mode);
    for (const QString &rule : spec.allowNet)
        policy.rules.push_back(rule.toStdString());
    policy.hostAlias = hostAliasOf(spec.hostLoopback);
    policy.hostAliasPorts.assign(spec.hostLoopbackPorts.begin(), spec.hostLoopbackPorts.end());
    return policy;
}

NetworkGate::NetworkGate(const QString &box, const NetworkSpec &spec)
    : m_box(box)
    , m_hasInterface(spec.mode != NetworkMode::Off)
    , m_spec(spec)
{ }

Result<Descriptor> NetworkGate::start()
{
    m_engine.reset();
    const Result<void> possible = m_spec.check();
    BOXGATE_TRY(possible);
    Result<SocketPair> frames = SocketPair::create();
    BOXGATE_TRY(frames);
    net::EngineConfig config;
    config.mtu = m_spec.mtu;
    config.policy = policyOf(m_spec);
    Result<std::unique_ptr<net::Engine>> engine = net::Engine::start(config, frames->ours.take());
    if (!engine)
        return fail(engine.error().in(QStringLiteral("Cannot start the network of box %1").arg(m_box)));
    m_engine = std::move(*engine);
    return std::move(frames->theirs);
}

Result<void> NetworkGate::apply(const NetworkSpec &spec)
{
    const Result<void> possible = spec.check();
    BOXGATE_TRY(possible);
    if (!m_hasInterface) {
        if (spec.mode != NetworkMode::Off) {
            return fail(
                ErrorCode::Conflict,
                QStringLiteral("Box %1 was started without a network: restart it to add one").arg(m_box));
        }
        m_spec = spec;
        return {};
    }
    if (spec.mtu != m_spec.mtu) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("The MTU of box %1 cannot change while it runs: stop it first").arg(m_box));
    }
    if (m_engine) {
        const Result<void> applied = m_engine->apply(policyOf(spec));
        BOXGATE_TRY(applied);
    }
    m_spec = spec;
    return {};
}

NetCounters NetworkGate::counters() const
{
    if (!m_engine)
        return {};
    const net::Counters totals = m_engine->counters();
    return NetCounters{.bytesSent = totals.bytesSent,
                       .bytesReceived = totals.bytesReceived,
                       .packetsSent = totals.packetsSent,
                       .packetsReceived = totals.packetsReceived,
                       .packetsBlocked = totals.packetsBlocked,
                       .tcpEstablished = totals.tcpEstablished,
                       .tcpFailed = totals.tcpFailed,
                       .tcpOpen = totals.tcpOpen};
}

QList<NetSample> NetworkGate::samplesAfter(qint64 second, int most) const
{
    if (!m_engine)
        return {};
    QList<NetSample> samples;
    for (const net::Sample &sample : m_engine->samples(second + 1)) {
        if (samples.size() == most)
            break;
        samples.append(NetSample{.second = sample.second,
                                 .bytesSent = sample.bytesSent,
                                 .bytesReceived = sample.bytesReceived,
                                 .packetsBlocked = sample.packetsBlocked});
    }
    return samples;
}

} // namespace boxgate
