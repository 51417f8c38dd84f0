#pragma once

#include "core/base/bytes.h"
#include "core/base/descriptor.h"
#include "core/model/netreport.h"
#include "core/model/netsample.h"
#include "core/model/networkspec.h"
#include "core/runner/publishedports.h"
#include "net/engine.h"

#include <QList>

#include <memory>

namespace boxgate {

/// The network of one running box: makes the engine do what the specification says, at its start and with
/// every change.
///
/// A box that booted with its network off has no interface, and so no engine: it gets one at its next start
/// only. Switched off while it runs, a box keeps its interface and the engine carries nothing. Thread: the
/// main thread; the engine runs its own.
class NetworkGate
{
public:
    /// Of a capture file: an hour of browsing, or some seconds of a download.
    static constexpr Bytes MaxCapture = Bytes::fromMebi(256);

    /// box           its name, for messages
    /// captureFile   what frames are written to while the specification says so
    NetworkGate(const QString &box, const NetworkSpec &spec, const QString &captureFile);

    bool hasInterface() const { return m_hasInterface; }
    /// What is in force, but for open().
    const NetworkSpec &spec() const { return m_spec; }
    /// Null while there is none.
    net::Engine *engine() const { return m_engine.get(); }

    /// Starts the engine for one boot, after ending the one of an earlier attempt. Call when hasInterface().
    /// Returns  the end that QEMU gets
    /// Errors   InvalidArgument: a rule that cannot be enforced; those of PublishedPorts; Unavailable, Io
    Result<Descriptor> start();
    void stop();

    /// Makes the specification hold: all of it or nothing.
    /// Errors   Conflict: the box has no interface (detail NetworkRefusal::NextStart), the change needs a
    /// restart, or a port is taken; InvalidArgument; those of the capture file. What is in force stays
    Result<void> apply(const NetworkSpec &spec, ExistingFlows existing);

    /// Lets everything through until close(), whatever the specification's mode; or until apply() brings
    /// another mode: whoever chose it knew why.
    /// until    told by openedUntil(); who opened it sees to its end
    /// Errors   Conflict: the box has no interface
    Result<void> open(const QDateTime &until);
    /// Ends what only the open network let in. Nothing when it is not opened.
    Result<void> close();
    /// Null while the specification's own mode is in force.
    QDateTime openedUntil() const { return m_openedUntil; }

    /// Those that are open, with the numbers that the system chose.
    QList<PortMapping> openPorts() const { return m_ports.open(); }
    NetCapture capture() const;
    NetCounters counters() const;
    /// The seconds after `second` that are over, oldest first, at most most of them.
    QList<NetSample> samplesAfter(qint64 second, int most) const;

private:
    Result<void> refuseFixed(const NetworkSpec &spec) const;
    Result<void> change(const NetworkSpec &spec, const QDateTime &openedUntil, ExistingFlows existing);
    Result<void> beginCapture();

    const QString m_box;
    const bool m_hasInterface;
    const QString m_captureFile;
    NetworkSpec m_spec;
    QDateTime m_openedUntil;
    std::unique_ptr<net::Engine> m_engine;
    PublishedPorts m_ports;
    NetCapture m_lastCapture; ///< of an engine that is gone, or why there is none
};

} // namespace boxgate
