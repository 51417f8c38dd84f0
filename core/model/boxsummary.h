#pragma once

#include "core/model/boxid.h"
#include "core/model/boxspec.h"
#include "core/model/boxstate.h"
#include "core/model/exitrecord.h"
#include "core/model/netsample.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>

#include <optional>

namespace boxgate {

/// Everything a list of boxes shows of one of them, at one moment.
struct BoxSummary
{
    BoxId id;
    BoxSpec spec;
    QDateTime createdAt; ///< UTC
    BoxState state = BoxState::Created;
    StartStage stage = StartStage::Preparing; ///< while Starting
    QString accelerator; ///< "kvm", "tcg" ... while it has a runner
    QDateTime startedAt; ///< UTC, while it has a runner
    qint64 runnerPid = 0; ///< while it has a runner
    QList<PortMapping> ports; ///< of the host that lead into it now, with their real numbers; while it runs
    bool hasInterface = true; ///< false: this run began without a network, whatever spec says by now
    NetCounters counters; ///< of this run
    BoxUsage usage; ///< of this run, at most a few seconds old
    QString problem; ///< one sentence: what it waits for, while it runs and cannot go on
    std::optional<ExitRecord> lastExit; ///< of the run before

    bool hasRunner() const
    {
        return state == BoxState::Starting || state == BoxState::Running || state == BoxState::Stopping;
    }

    /// The network was switched on after a start without one: it is there from the next start on.
    bool networkWaitsForRestart() const
    {
        return hasRunner() && !hasInterface && spec.network.mode != NetworkMode::Off;
    }
    /// Whether the box reaches the host's loopback: now, or when it runs.
    bool exposesLoopback() const { return spec.network.exposesLoopback() && !networkWaitsForRestart(); }
};

} // namespace boxgate

Q_DECLARE_METATYPE(boxgate::BoxSummary)
