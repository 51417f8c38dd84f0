#pragma once

#include "core/control/controlmessages.h"
#include "core/control/controlpeer.h"
#include "core/runner/networkgate.h"

#include <QDeadlineTimer>
#include <QTimer>

namespace boxgate {

/// The clients for which the network is open for a time, such as `net record`. Each holds it by a session:
/// its end, by the client, the loss of the client or the time, ends the opening, and the network is closed
/// again with the last of them. Nothing of it is stored: a box that is started anew has its true network.
///
/// Thread: the main thread. Bounded by the sessions that a client may have.
class NetworkOpenings : public QObject
{
    Q_OBJECT

public:
    explicit NetworkOpenings(NetworkGate &gate, QObject *parent = nullptr);

    /// Opens a session, or answers with why the network cannot be opened.
    void open(ControlPeer *peer, quint32 stream, const OpenNetworkParams &params);
    /// A client ended one of its streams, or is gone.
    void forget(const ControlPeer *peer, std::optional<quint32> stream);

Q_SIGNALS:
    /// Something in NetworkGate::openedUntil() has changed.
    void changed();

private:
    struct Opening
    {
        ControlPeer *peer = nullptr;
        quint32 stream = 0;
        QDeadlineTimer ends;
    };

    void endLate();
    Result<void> follow();

    NetworkGate &m_gate;
    QList<Opening> m_openings;
    QTimer m_timer;
};

} // namespace boxgate
