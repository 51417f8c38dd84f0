#pragma once

#include "core/base/descriptor.h"
#include "core/base/pendingreply.h"
#include "core/base/taskscope.h"
#include "core/machine/qmpreader.h"

#include <QHash>
#include <QJsonValue>
#include <QLocalSocket>
#include <QObject>

namespace boxgate {

/// One command of QEMU's monitor.
struct QmpCommand
{
    QString name; ///< "query-status"
    QJsonObject arguments;
    std::chrono::milliseconds timeout{5000};
};

/// The host's end of QEMU's monitor: QMP over a connected stream socket.
///
/// Thread: the main thread. Lifetime: once closed() was emitted every waiting and every later command fails;
/// a reconnect does not exist, because the descriptor is gone with its QEMU. Commands may be given before the
/// greeting has come: they wait for it. It may be destroyed while commands wait: they end with Cancelled.
class QmpClient : public QObject
{
    Q_OBJECT

public:
    /// socket   the end of a SocketPair whose other end QEMU has as machinedescriptor::Qmp
    explicit QmpClient(Descriptor socket, QObject *parent = nullptr);
    ~QmpClient() override;

    /// Returns  what the command returns: an object, mostly
    /// Errors   Unavailable: QEMU refuses the command ("QEMU refuses query-foo: ..."), or the monitor is
    /// closed; Timeout; Protocol
    Async<QJsonValue> execute(QmpCommand command);

    bool isClosed() const { return m_state == State::Closed; }

Q_SIGNALS:
    /// name is QEMU's, such as "SHUTDOWN", "RESET", "GUEST_PANICKED", "STOP".
    void eventArrived(const QString &name, const QJsonObject &data);
    /// Once: QEMU closed the monitor or broke the protocol.
    void closed(const boxgate::Error &error);

private:
    enum class State
    {
        Greeting, ///< QEMU speaks first
        Negotiating, ///< qmp_capabilities was sent
        Open, ///< commands are taken
        Closed ///< final
    };

    struct Waiting
    {
        QString command;
        PendingReply<QJsonValue> reply;
    };

    void readAvailable();
    void handle(const QJsonObject &message);
    void negotiate();
    void send(const QJsonObject &message);
    void close(const Error &error);

    QLocalSocket m_socket;
    QmpReader m_reader;
    QHash<qint64, Waiting> m_waiting;
    QList<QJsonObject> m_beforeGreeting; ///< what waits for the capabilities
    qint64 m_nextId = 1;
    State m_state = State::Greeting;
    std::optional<Error> m_closed; ///< why, once State::Closed
};

} // namespace boxgate
