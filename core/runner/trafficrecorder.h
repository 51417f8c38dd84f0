#pragma once

#include "core/runner/networkgate.h"
#include "core/store/traffichistory.h"

#include <QObject>
#include <QTimer>

namespace boxgate {

/// Writes a running box's history once a minute, and at its end.
///
/// What goes wrong with the file costs the history, is logged once, and never touches the box. Thread: the
/// main thread; a write takes some milliseconds. Lifetime: the gate outlives it.
class TrafficRecorder : public QObject
{
    Q_OBJECT

public:
    /// file   of the history; made when there is something to write
    TrafficRecorder(const NetworkGate &gate, const QString &file, QObject *parent = nullptr);

    void begin();
    /// Writes what is left. Before the engine goes.
    void finish();

private:
    void wait();
    void record();
    Result<void> write(const QList<NetMinute> &entries);

    const NetworkGate &m_gate;
    const QString m_file;
    QTimer m_timer;
    std::unique_ptr<TrafficHistory> m_history; ///< once there was something to write
    qint64 m_since = 0; ///< Unix time, s: what passed before it is written
    bool m_hasFailed = false; ///< and that was logged
};

} // namespace boxgate
