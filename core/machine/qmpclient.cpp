#include "core/machine/qmpclient.h"

#include <QJsonDocument>
#include <QLoggingCategory>
#include <QPointer>

namespace boxgate {

Q_LOGGING_CATEGORY(logQmp, "boxgate.machine.qmp")

namespace {

constexpr qint64 ReadBufferBytes = 64 * 1024;

QJsonObject message(qint64 id, const QmpCommand &command)
{
    QJsonObject object{{QStringLiteral("execute"), command.name}, {QStringLiteral("id"), id}};
    if (!command.arguments.isEmpty())
        object.insert(QStringLiteral("arguments"), command.arguments);
    return object;
}

} // namespace

QmpClient::QmpClient(Descriptor socket, QObject *parent)
    : QObject(parent)
{
    m_socket.setReadBufferSize(ReadBufferBytes);
    connect(&m_socket, &QLocalSocket::readyRead, this, &QmpClient::readAvailable);
    connect(&m_socket, &QLocalSocket::disconnected, this, [this] {
        readAvailable();
        close(Error{ErrorCode::Unavailable, QStringLiteral("QEMU closed its monitor"), {}});
    });
    m_socket.setSocketDescriptor(socket.take());
}

QmpClient::~QmpClient()
{
    m_socket.disconnect(this);
    for (const Waiting &waiting : std::as_const(m_waiting))
        waiting.reply.deliver(
            fail(ErrorCode::Cancelled, QStringLiteral("QEMU's monitor is not watched any more")));
}

Async<QJsonValue> QmpClient::execute(QmpCommand command)
{
    if (m_closed)
        co_return fail(m_closed->in(QStringLiteral("Cannot ask QEMU for %1").arg(command.name)));
    const Error tooLate{
        ErrorCode::Timeout,
        QStringLiteral("QEMU did not answer %1 within %2 ms").arg(command.name).arg(command.timeout.count()),
        {}};
    const PendingReply<QJsonValue> reply(command.timeout, tooLate);
    const qint64 id = m_nextId++;
    m_waiting.insert(id, Waiting{command.name, reply});
    if (m_state == State::Open)
        send(message(id, command));
    else
        m_beforeGreeting += message(id, command);
    // This object may be gone after the await: nothing of it is used then.
    co_return co_await reply;
}

void QmpClient::readAvailable()
{
    while (m_state != State::Closed && m_socket.bytesAvailable() > 0) {
        m_reader.feed(m_socket.read(ReadBufferBytes));
        for (;;) {
            const Result<std::optional<QJsonObject>> next = m_reader.next();
            if (!next)
                return close(next.error());
            if (!*next)
                break;
            const QPointer<QmpClient> self(this);
            handle(**next);
            if (!self || m_state == State::Closed)
                return;
        }
    }
}

void QmpClient::handle(const QJsonObject &object)
{
    const QJsonValue event = object.value(QLatin1String("event"));
    if (event.isString()) {
        Q_EMIT eventArrived(event.toString(), object.value(QLatin1String("data")).toObject());
        return;
    }
    if (object.contains(QLatin1String("QMP"))) {
        if (m_state == State::Greeting)
            negotiate();
        return;
    }
    const qint64 id = object.value(QLatin1String("id")).toInteger(-1);
    const auto found = m_waiting.constFind(id);
    if (found == m_waiting.cend()) {
        qCWarning(logQmp) << "an answer to no question:" << object;
        return;
    }
    const Waiting waiting = *found;
    m_waiting.erase(found);
    const QJsonObject error = object.value(QLatin1String("error")).toObject();
    if (!error.isEmpty()) {
        const Error refusal{ErrorCode::Unavailable,
                            QStringLiteral("QEMU refuses %1: %2")
                                .arg(waiting.command, error.value(QLatin1String("desc")).toString()),
                            error.value(QLatin1String("class")).toString()};
        waiting.reply.deliver(fail(refusal));
        if (m_state == State::Negotiating)
            close(refusal);
        return;
    }
    waiting.reply.deliver(object.value(QLatin1String("return")));
    if (m_state == State::Negotiating) {
        m_state = State::Open;
        const QList<QJsonObject> early = std::exchange(m_beforeGreeting, {});
        for (const QJsonObject &command : early)
            send(command);
    }
}

void QmpClient::negotiate()
{
    m_state = State::Negotiating;
    const qint64 id = m_nextId++;
    QmpCommand capabilities;
    capabilities.name = QStringLiteral("qmp_capabilities");
    m_waiting.insert(id, Waiting{capabilities.name, PendingReply<QJsonValue>()});
    send(message(id, capabilities));
}

void QmpClient::send(const QJsonObject &object)
{
    m_socket.write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void QmpClient::close(const Error &error)
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    m_closed = error;
    m_beforeGreeting.clear();
    const auto waiting = std::exchange(m_waiting, {});
    for (const Waiting &entry : waiting)
        entry.reply.deliver(fail(error));
    m_socket.abort();
    Q_EMIT closed(error);
}

} // namespace boxgate
