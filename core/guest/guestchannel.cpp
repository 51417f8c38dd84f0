#include "core/guest/guestchannel.h"

#include <QLoggingCategory>
#include <QPointer>

#include <algorithm>

namespace boxgate {

Q_LOGGING_CATEGORY(logChannel, "boxgate.guest.channel")

namespace {

using guest::FrameType;

constexpr qsizetype MaxLineCharacters = 500;

/// The agent's text as a part of a sentence: one line without control characters.
QString printable(const std::string &text)
{
    QString line = QString::fromUtf8(text.data(), std::min(qsizetype(text.size()), 4 * MaxLineCharacters));
    for (QChar &c : line) {
        if (!c.isPrint())
            c = QLatin1Char(' ');
    }
    return line.left(MaxLineCharacters).trimmed();
}

Error broken(const QString &how)
{
    return Error{
        ErrorCode::Protocol, QStringLiteral("The guest's agent broke the protocol: %1").arg(how), {}};
}

Error tooLate(const QString &what, std::chrono::milliseconds limit)
{
    return Error{
        ErrorCode::Timeout,
        QStringLiteral("The guest did not %1 within %2 s").arg(what).arg(double(limit.count()) / 1000),
        {}};
}

/// Answers the oldest question. Returns false when there was none, or the message is malformed.
template <typename Message> bool answer(std::deque<PendingReply<Message>> &replies, guest::BytesView payload)
{
    const std::optional<Message> message = Message::decode(payload);
    if (!message || replies.empty())
        return false;
    replies.front().deliver(*message);
    replies.pop_front();
    return true;
}

} // namespace

Async<guest::Hello> GuestChannel::hello(std::chrono::milliseconds limit)
{
    if (m_closed)
        co_return fail(*m_closed);
    if (m_hello)
        co_return *m_hello;
    if (!m_helloReply || m_helloReply->isDelivered())
        m_helloReply.emplace(limit, tooLate(QStringLiteral("come up"), limit));
    const PendingReply<guest::Hello> reply = *m_helloReply;
    co_return co_await reply;
}

Async<guest::Ready> GuestChannel::configure(guest::Configure configure, std::chrono::milliseconds limit)
{
    if (m_closed)
        co_return fail(*m_closed);
    const guest::Bytes payload = configure.encode();
    if (payload.size() > guest::MaxListPayloadBytes) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("The guest's configuration is %1 bytes too long")
                           .arg(payload.size() - guest::MaxListPayloadBytes));
    }
    const PendingReply<guest::Ready> reply(limit, tooLate(QStringLiteral("become ready"), limit));
    m_readyReplies.push_back(reply);
    send(guest::encodeFrame(FrameType::Configure, 0, payload));
    co_return co_await reply;
}

Async<guest::Usage> GuestChannel::usage(std::chrono::milliseconds limit)
{
    if (m_closed)
        co_return fail(*m_closed);
    const PendingReply<guest::Usage> reply(limit, tooLate(QStringLiteral("report its usage"), limit));
    m_usageReplies.push_back(reply);
    send(guest::encodeMessage(0, guest::UsageRequest()));
    co_return co_await reply;
}

Async<void> GuestChannel::shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds limit)
{
    if (m_closed)
        co_return fail(*m_closed);
    if (!m_shutdownReply || m_shutdownReply->isDelivered())
        m_shutdownReply.emplace(limit, tooLate(QStringLiteral("begin to shut down"), limit));
    const PendingReply<bool> reply = *m_shutdownReply;
    guest::Shutdown message;
    message.grace = grace;
    send(guest::encodeMessage(0, message));
    const Result<bool> outcome = co_await reply;
    BOXGATE_CO_TRY(outcome);
    co_return {};
}

void GuestChannel::setClock(std::chrono::nanoseconds unixTime)
{
    guest::SetClock message;
    message.unixTime = unixTime;
    send(guest::encodeMessage(0, message));
}

Result<std::unique_ptr<GuestProcess>> GuestChannel::exec(const guest::Exec &exec)
{
    if (exec.argv.empty() || exec.argv.front().empty())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("There is no command to run"));
    const guest::Bytes payload = exec.encode();
    if (payload.size() > guest::MaxListPayloadBytes) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("The command and its environment are %1 bytes too long")
                        .arg(payload.size() - guest::MaxListPayloadBytes));
    }
    return startStream(exec, FrameType::Exec, payload);
}

Result<std::unique_ptr<GuestProcess>> GuestChannel::copy(const guest::Copy &copy)
{
    const guest::Bytes payload = copy.encode();
    if (copy.path.empty() || payload.size() > guest::MaxPayloadBytes)
        return fail(ErrorCode::InvalidArgument, QStringLiteral("The path in the box is empty or too long"));
    guest::Exec streams;
    streams.wantsStdin = copy.direction == guest::Copy::Direction::In;
    return startStream(streams, FrameType::Copy, payload);
}

Result<std::unique_ptr<GuestProcess>> GuestChannel::startStream(const guest::Exec &streams, FrameType type,
                                                                const guest::Bytes &payload)
{
    if (m_closed)
        return fail(*m_closed);
    if (m_streams.size() >= guest::MaxStreams) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("%1 commands run in the box already: end some first").arg(m_streams.size()));
    }
    const quint32 number = freeStream();
    std::unique_ptr<GuestProcess> process(new GuestProcess(this, number, streams));
    m_streams.emplace(number, Stream{GuestStream(streams.tty), process.get()});
    send(guest::encodeFrame(type, number, payload));
    return process;
}

/// Numbers are not reused soon: a late frame of an ended stream meets none that is new.
quint32 GuestChannel::freeStream()
{
    do {
        ++m_lastStream;
    } while (m_lastStream == 0 || m_streams.count(m_lastStream) > 0);
    return m_lastStream;
}

bool GuestChannel::dispatch(const guest::Frame &frame)
{
    const QPointer<GuestChannel> self(this);
    const std::optional<Error> error = frame.stream == 0 ? dispatchToGuest(frame) : dispatchToStream(frame);
    if (!self)
        return false;
    if (error)
        close(*error);
    return self && !m_closed;
}

std::optional<Error> GuestChannel::dispatchToGuest(const guest::Frame &frame)
{
    const Error malformed =
        broken(QStringLiteral("frame 0x%1 is malformed or out of order").arg(int(frame.type), 0, 16));
    if (!m_hello && frame.type != FrameType::Hello)
        return malformed;
    switch (frame.type) {
    case FrameType::Hello:
        if (const auto hello = guest::Hello::decode(frame.payload); hello && !m_hello)
            return acceptHello(*hello);
        return malformed;
    case FrameType::Ready:
        return answer(m_readyReplies, frame.payload) ? std::nullopt : std::optional(malformed);
    case FrameType::Usage:
        return answer(m_usageReplies, frame.payload) ? std::nullopt : std::optional(malformed);
    case FrameType::Failed:
        if (const auto failed = guest::Failed::decode(frame.payload))
            return acceptFailed(*failed);
        return malformed;
    case FrameType::Log:
        if (const auto log = guest::Log::decode(frame.payload)) {
            Q_EMIT logged(printable(log->text));
            return std::nullopt;
        }
        return malformed;
    case FrameType::ShuttingDown:
        if (!guest::ShuttingDown::decode(frame.payload))
            return malformed;
        if (m_shutdownReply)
            m_shutdownReply->deliver(true);
        Q_EMIT shuttingDown();
        return std::nullopt;
    default:
        return malformed;
    }
}

std::optional<Error> GuestChannel::acceptHello(const guest::Hello &hello)
{
    if (hello.protocolVersion != guest::ProtocolVersion) {
        return broken(QStringLiteral("it speaks version %1 and this Boxgate %2: build the initramfs again")
                          .arg(hello.protocolVersion)
                          .arg(guest::ProtocolVersion));
    }
    m_hello = hello;
    if (m_helloReply)
        m_helloReply->deliver(hello);
    return std::nullopt;
}

std::optional<Error> GuestChannel::acceptFailed(const guest::Failed &failed)
{
    const Error error{ErrorCode::Unavailable,
                      QStringLiteral("The guest gives up at its %1: %2")
                          .arg(printable(failed.stage), printable(failed.message)),
                      {}};
    failRequests(error);
    Q_EMIT guestFailed(error);
    return std::nullopt;
}

std::optional<Error> GuestChannel::dispatchToStream(const guest::Frame &frame)
{
    const auto found = m_streams.find(frame.stream);
    if (found == m_streams.end())
        return broken(QStringLiteral("frame 0x%1 for stream %2, which does not exist")
                          .arg(int(frame.type), 0, 16)
                          .arg(frame.stream));
    const std::optional<GuestStream::Event> event = found->second.protocol.accept(frame);
    if (!event) {
        return broken(
            QStringLiteral("frame 0x%1 of stream %2 is malformed, out of order or beyond its credit")
                .arg(int(frame.type), 0, 16)
                .arg(frame.stream));
    }
    GuestProcess *const process = found->second.process;
    if (found->second.protocol.state() == GuestStream::State::Ended)
        m_streams.erase(found);
    if (process)
        process->handle(*event);
    return std::nullopt;
}

} // namespace boxgate
