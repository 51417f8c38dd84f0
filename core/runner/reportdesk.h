#pragma once

#include "core/control/controlmessages.h"
#include "core/control/controlpeer.h"
#include "core/control/controlreports.h"
#include "core/runner/networkgate.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <optional>

namespace boxgate {

/// Serves the part of the control protocol that tells about the box's gate.
///
/// Live events go out every EventInterval. Nothing is kept for a client that is slow: it gets what the engine
/// still has once it reads again, and is told how many it missed. Thread: the main thread. Lifetime: the gate
/// outlives it; a peer that is gone must be forgotten.
class ReportDesk : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds EventInterval{250};

    explicit ReportDesk(NetworkGate &gate, QObject *parent = nullptr);

    /// nullopt: another method.
    std::optional<Result<QJsonObject>> answer(const ControlRequest &request);

    /// From now on the session gets the events that happen.
    void subscribe(ControlPeer *peer, quint32 stream);
    /// stream   nullopt: all of the peer's
    void forget(const ControlPeer *peer, std::optional<quint32> stream);

private:
    /// One look at a list, from which its pages are cut.
    struct Look
    {
        QString method;
        int total = 0;
        std::function<QJsonObject(int)> entry;
    };
    struct Subscriber
    {
        ControlPeer *peer = nullptr;
        quint32 stream = 0;
        quint64 told = 0; ///< sequence number of the last event that it got
    };

    Look look(const QString &method) const;
    Result<QJsonObject> page(const QString &method, const QJsonObject &params);
    Result<QJsonObject> events(const QJsonObject &params) const;
    Result<QJsonObject> test(const QJsonObject &params) const;
    Result<QJsonObject> closeFlow(const QJsonObject &params);
    void publishEvents();

    NetworkGate &m_gate;
    std::optional<Look> m_look; ///< the last one
    QTimer m_lookTimer; ///< forgets it
    QList<Subscriber> m_subscribers;
    QTimer m_eventTimer;
};

/// What a subscriber that was told events up to `told` gets of a batch that begins before or behind that.
/// Pure.
NetEventBatch eventsAfter(const NetEventBatch &batch, quint64 told);

} // namespace boxgate
