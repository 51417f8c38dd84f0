#include "core/client/commandsession.h"

namespace boxgate {

namespace {

constexpr std::chrono::seconds SubRequestLimit{10};

} // namespace

CommandSession::CommandSession(ControlConnection *connection, std::unique_ptr<ControlStream> stream)
    : m_connection(connection)
    , m_stream(std::move(stream))
{
    connect(m_stream.get(), &ControlStream::dataReceived, this, &CommandSession::output);
    connect(m_stream.get(), &ControlStream::writable, this, &CommandSession::writable);
    connect(m_stream.get(), &ControlStream::closed, this, &CommandSession::closed);
    connect(m_stream.get(), &ControlStream::endReceived, this, [this](ControlChannel channel) {
        if (channel == ControlChannel::Stdin)
            Q_EMIT inputClosed();
        else
            Q_EMIT outputEnded(channel);
    });
    connect(m_stream.get(), &ControlStream::eventReceived, this, [this](const QJsonObject &event) {
        if (event.value(QLatin1String("event")).toString() != ControlEvent::Exited)
            return;
        const Result<ExitedEvent> exit = ExitedEvent::fromJson(event);
        if (exit)
            Q_EMIT exited(*exit);
        else
            Q_EMIT closed(exit.error());
    });
}

Async<qint64> CommandSession::open(std::chrono::milliseconds limit)
{
    const Result<QJsonObject> opened = co_await m_stream->open(limit);
    BOXGATE_CO_TRY(opened);
    co_return opened->value(QLatin1String("pid")).toInteger();
}

Async<void> CommandSession::resize(quint16 rows, quint16 columns)
{
    ResizeParams params;
    params.stream = m_stream->number();
    params.rows = rows;
    params.columns = columns;
    const QJsonObject json = params.toJson();
    const Result<QJsonObject> done =
        co_await m_connection->request(ControlMethod::Resize, json, SubRequestLimit);
    BOXGATE_CO_TRY(done);
    co_return {};
}

Async<void> CommandSession::signal(int number)
{
    SignalParams params;
    params.stream = m_stream->number();
    params.signal = number;
    const QJsonObject json = params.toJson();
    const Result<QJsonObject> done =
        co_await m_connection->request(ControlMethod::Signal, json, SubRequestLimit);
    BOXGATE_CO_TRY(done);
    co_return {};
}

} // namespace boxgate
