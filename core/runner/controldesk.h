#pragma once

#include "core/control/controlserver.h"
#include "core/runner/boxrun.h"
#include "core/runner/networkopenings.h"
#include "core/runner/reportdesk.h"

#include <QTimer>

namespace boxgate {

/// Serves the control protocol's methods for one run.
///
/// Thread: the main thread. Lifetime: longer than the run's end: answers to `stop` wait for finish().
class ControlDesk : public QObject
{
    Q_OBJECT

public:
    ControlDesk(ControlServer &server, BoxRun &run, QObject *parent = nullptr);

    /// The run is over and recorded: answers those who asked for the stop.
    void finish();

    QCoro::Task<void> shutdown();

private:
    struct Asked
    {
        ControlPeer *peer = nullptr;
        quint32 stream = 0;
        bool samples = false; ///< of subscribers
    };

    void accept(ControlPeer *peer);
    void serve(ControlPeer *peer, quint32 stream, const ControlRequest &request);
    bool serveSession(ControlPeer *peer, quint32 stream, const ControlRequest &request);
    Result<QJsonObject> answer(ControlPeer *peer, const ControlRequest &request);
    Result<QJsonObject> control(ControlPeer *peer, const ControlRequest &request);
    void subscribe(ControlPeer *peer, quint32 stream, const SubscribeParams &params);
    /// exec and copy: what runs in the guest for a client.
    template <typename Params> void start(ControlPeer *peer, quint32 stream, const Params &params);
    Async<void> answerUsage(QPointer<ControlPeer> peer, quint32 stream);
    void announce();
    void publishState();
    void publishSamples();
    void forget(const ControlPeer *peer, std::optional<quint32> stream);
    void watchSamples();

    BoxRun &m_run;
    ReportDesk m_reports;
    NetworkOpenings m_openings;
    QList<Asked> m_subscribers;
    QList<Asked> m_stopping;
    QTimer m_sampleTimer;
    qint64 m_lastSecond = 0;
    bool m_statePending = false; ///< a publication is queued: several changes in one turn are one event
    TaskScope m_tasks;
};

} // namespace boxgate
