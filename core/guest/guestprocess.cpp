#include "core/guest/guestprocess.h"

#include "core/guest/guestchannel.h"

#include <QPointer>

#include <algorithm>
#include <utility>

namespace boxgate {

namespace {

/// Turns each event into its signal. After any of them the process may be gone.
struct Emitter
{
    GuestProcess *process;

    void operator()(const guest::Started &started) const { Q_EMIT process->started(started.pid); }
    void operator()(const guest::ExecFailed &failure) const { Q_EMIT process->failed(failure); }
    void operator()(const guest::Exited &exited) const { Q_EMIT process->finished(exited); }
    void operator()(const guest::Credit &) const { }
    void operator()(const guest::Data &data) const
    {
        const QByteArray bytes(reinterpret_cast<const char *>(data.content.data()),
                               qsizetype(data.content.size()));
        if (!bytes.isEmpty())
            Q_EMIT process->output(data.channel, bytes);
    }
    void operator()(const guest::Eof &eof) const
    {
        if (eof.channel == guest::Channel::Stdin)
            Q_EMIT process->inputClosed();
        else
            Q_EMIT process->outputEnded(eof.channel);
    }
};

} // namespace

GuestProcess::GuestProcess(GuestChannel *channel, quint32 stream, const guest::Exec &exec)
    : m_channel(channel)
    , m_stream(stream)
    , m_input(exec.wantsStdin ? Input::Open : Input::Closed)
{
    m_startLimit.setSingleShot(true);
    connect(&m_startLimit, &QTimer::timeout, this, [this] {
        hangup();
        lose(Error{ErrorCode::Timeout,
                   QStringLiteral("The guest did not start the command within %1 s")
                       .arg(GuestChannel::ExecLimit.count() / 1000),
                   {}});
    });
    m_startLimit.start(GuestChannel::ExecLimit);
}

GuestProcess::~GuestProcess()
{
    hangup();
    end();
}

qsizetype GuestProcess::writableBytes() const
{
    if (!m_channel || m_input == Input::Closed)
        return 0;
    const qsizetype credit = m_channel->m_streams.at(m_stream).protocol.input().available();
    return std::clamp<qsizetype>(m_channel->roomInQueue(), 0, credit);
}

qsizetype GuestProcess::write(QByteArrayView bytes)
{
    if (!m_channel || m_input == Input::Closed)
        return bytes.size();
    const qsizetype taken = std::min(bytes.size(), writableBytes());
    m_wantsRoom = taken < bytes.size();
    m_channel->m_streams.at(m_stream).protocol.input().spend(quint32(taken));
    for (qsizetype begin = 0; begin < taken;) {
        const qsizetype count = std::min(taken - begin, qsizetype(guest::MaxDataBytes));
        m_channel->sendData(m_stream, bytes.sliced(begin, count));
        begin += count;
    }
    return taken;
}

void GuestProcess::closeInput()
{
    if (!m_channel || m_input == Input::Closed)
        return;
    m_input = Input::Closed;
    guest::Eof eof;
    eof.channel = guest::Channel::Stdin;
    m_channel->send(guest::encodeMessage(m_stream, eof));
}

void GuestProcess::grantCredit(guest::Channel channel, qsizetype bytes)
{
    if (!m_channel || bytes <= 0)
        return;
    guest::Credit credit;
    credit.channel = channel;
    credit.bytes = m_channel->m_streams.at(m_stream).protocol.passOn(channel, std::size_t(bytes));
    if (credit.bytes > 0)
        m_channel->send(guest::encodeMessage(m_stream, credit));
}

void GuestProcess::resize(quint16 rows, quint16 columns)
{
    if (!m_channel)
        return;
    guest::Resize message;
    message.rows = rows;
    message.columns = columns;
    m_channel->send(guest::encodeMessage(m_stream, message));
}

void GuestProcess::signal(int number)
{
    if (!m_channel || number < 1 || number > 64)
        return;
    guest::Signal message;
    message.number = quint8(number);
    m_channel->send(guest::encodeMessage(m_stream, message));
}

void GuestProcess::hangup()
{
    if (m_channel)
        m_channel->send(guest::encodeMessage(m_stream, guest::Hangup()));
}

void GuestProcess::handle(const GuestStream::Event &event)
{
    const bool isLast =
        std::holds_alternative<guest::ExecFailed>(event) || std::holds_alternative<guest::Exited>(event);
    if (isLast)
        m_channel = nullptr;
    if (isLast || std::holds_alternative<guest::Started>(event))
        m_startLimit.stop();
    if (const auto *const eof = std::get_if<guest::Eof>(&event); eof && eof->channel == guest::Channel::Stdin)
        m_input = Input::Closed;
    if (std::holds_alternative<guest::Credit>(event))
        announceRoom();
    else
        std::visit(Emitter{this}, event);
}

/// Leaves the stream to the channel, which waits for its last frame.
void GuestProcess::end()
{
    m_startLimit.stop();
    if (GuestChannel *const channel = std::exchange(m_channel, nullptr)) {
        const auto stream = channel->m_streams.find(m_stream);
        if (stream != channel->m_streams.end())
            stream->second.process = nullptr;
    }
}

void GuestProcess::lose(const Error &error)
{
    end();
    Q_EMIT lost(error);
}

void GuestProcess::announceRoom()
{
    if (!m_wantsRoom || writableBytes() == 0)
        return;
    m_wantsRoom = false;
    Q_EMIT bytesWritable();
}

} // namespace boxgate
