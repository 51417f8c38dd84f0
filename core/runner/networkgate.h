#pragma once

#include "core/base/descriptor.h"
#include "core/model/netsample.h"
#include "core/model/networkspec.h"
#include "net/engine.h"

#include <QList>

#include <memory>

namespace boxgate {

/// The network of one running box: translates between the model and the network engine.
///
/// A box that booted with its network off has no interface, and so no engine: it gets one at its next start
/// only. Switched off while it runs, a box keeps its interface and the engine carries nothing. Thread: the
/// main thread; the engine runs its own.
class NetworkGate
{
public:
    /// box   its name, for messages
    NetworkGate(const QString &box, const NetworkSpec &spec);

    bool hasInterface() const { return m_hasInterface; }
    /// What is in force.
    const NetworkSpec &spec() const { return m_spec; }

    /// Starts the engine for one boot, after ending the one of an earlier attempt. Call when hasInterface().
    /// Returns  the end that QEMU gets
    /// Errors   InvalidArgument: a rule or port map that cannot be enforced; Unavailable, Io
    Result<Descriptor> start();
    void stop() { m_engine.reset(); }

    /// Errors   Conflict: the box has no interface, or the change needs a restart; InvalidArgument; what is
    /// in force stays
    Result<void> apply(const NetworkSpec &spec);

    NetCounters counters() const;
    /// The seconds after `second` that are over, oldest first, at most most of them.
    QList<NetSample> samplesAfter(qint64 second, int most) const;

private:
    const QString m_box;
    const bool m_hasInterface;
    NetworkSpec m_spec;
    std::unique_ptr<net::Engine> m_engine;
};

/// The engine's view of a network.
net::PolicyConfig policyOf(const NetworkSpec &spec);

} // namespace boxgate
