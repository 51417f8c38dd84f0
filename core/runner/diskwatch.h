#pragma once

#include "core/base/taskscope.h"
#include "core/machine/qmpclient.h"

#include <QTimer>

namespace boxgate {

/// Keeps a box alive through a full disk of the host: QEMU stops the guest at the write that finds no space
/// (werror=enospc), and this lets it go on once there is some. The guest notices nothing but the time.
///
/// Thread: the main thread. Lifetime: the monitor's; shutdown() before it is destroyed.
class DiskWatch : public QObject
{
    Q_OBJECT

public:
    /// directory   where the box's disk is
    DiskWatch(QmpClient &monitor, const QString &directory, QObject *parent = nullptr);

    bool isWaiting() const { return m_timer.isActive(); }
    /// One sentence for the user while it waits; empty otherwise.
    QString problem() const;

    QCoro::Task<void> shutdown();

    /// A guest writes this much in a moment: with less it would stop again at once.
    static constexpr qint64 EnoughBytes = 64LL << 20;
    static constexpr std::chrono::milliseconds LookAgain{1000};

Q_SIGNALS:
    /// It waits, or goes on.
    void changed();

private:
    void look();
    Async<void> goOn();

    QmpClient &m_monitor;
    const QString m_directory;
    QTimer m_timer;
    TaskScope m_tasks;
};

} // namespace boxgate
