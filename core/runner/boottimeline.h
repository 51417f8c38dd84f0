#pragma once

#include "core/control/controlmessages.h"

#include <QElapsedTimer>

namespace boxgate {

/// When each step of a start was done, since the runner's start: what `boxgate inspect` and the log show of
/// it.
class BootTimeline
{
public:
    /// Begins now.
    BootTimeline() { m_clock.start(); }

    /// Records and logs that a step is done.
    void done(const QString &stage);

    const QList<BootStep> &steps() const { return m_steps; }
    std::chrono::milliseconds elapsed() const { return std::chrono::milliseconds(m_clock.elapsed()); }

private:
    QElapsedTimer m_clock;
    QList<BootStep> m_steps;
};

} // namespace boxgate
