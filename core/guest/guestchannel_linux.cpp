#include "core/guest/guestchannel.h"

#include <QPointer>

#include <cerrno>
#include <sys/socket.h>

namespace boxgate {

namespace {

/// One read's worth: several frames of the largest size, and short enough to leave the event loop to others.
constexpr qsizetype ReadBytes = 256 * 1024;

} // namespace

GuestChannel::GuestChannel(Descriptor socket, QObject *parent)
    : QObject(parent)
    , m_socket(std::move(socket))
    , m_readable(std::make_unique<QSocketNotifier>(m_socket.number(), QSocketNotifier::Read))
    , m_writable(std::make_unique<QSocketNotifier>(m_socket.number(), QSocketNotifier::Write))
    , m_readBuffer(ReadBytes, Qt::Uninitialized)
{
    m_writable->setEnabled(false);
    connect(m_readable.get(), &QSocketNotifier::activated, this, &GuestChannel::readAvailable);
    connect(m_writable.get(), &QSocketNotifier::activated, this, &GuestChannel::flush);
}

GuestChannel::~GuestChannel()
{
    disconnect();
    close(Error{ErrorCode::Cancelled, QStringLiteral("The guest's channel is not used any more"), {}});
}

void GuestChannel::readAvailable()
{
    const ssize_t got =
        ::recv(m_socket.number(), m_readBuffer.data(), size_t(m_readBuffer.size()), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return close(Error{ErrorCode::Unavailable, QStringLiteral("The guest's channel was closed"), {}});

    // A slot that runs an event loop must not read into the frames being handed out.
    m_readable->setEnabled(false);
    const auto *const bytes = reinterpret_cast<const std::uint8_t *>(m_readBuffer.constData());
    m_reader.feed(guest::BytesView(bytes, size_t(got)));
    for (;;) {
        guest::Frame frame;
        const guest::FrameReader::Status status = m_reader.next(frame);
        if (status == guest::FrameReader::Status::NeedsMore)
            break;
        if (status == guest::FrameReader::Status::Malformed)
            return close(Error{
                ErrorCode::Protocol,
                QStringLiteral("The guest's agent broke the protocol: a frame of no known kind, or too long"),
                {}});
        if (!dispatch(frame))
            return;
    }
    m_readable->setEnabled(true);
}

void GuestChannel::send(guest::BytesView bytes)
{
    if (m_closed)
        return;
    m_outgoing.append(reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size()));
    flush();
}

void GuestChannel::sendData(quint32 stream, QByteArrayView content)
{
    if (m_closed)
        return;
    const auto header = guest::encodeDataHeader(stream, guest::Channel::Stdin, size_t(content.size()));
    m_outgoing.append(reinterpret_cast<const char *>(header.data()), qsizetype(header.size()));
    m_outgoing.append(content.data(), content.size());
    flush();
}

void GuestChannel::flush()
{
    while (m_sent < m_outgoing.size()) {
        const ssize_t count = ::send(m_socket.number(), m_outgoing.constData() + m_sent,
                                     size_t(m_outgoing.size() - m_sent), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EAGAIN) {
            // The reading side sees the end as well, after the guest's last words.
            m_sent = m_outgoing.size();
            break;
        }
        if (count < 0)
            break;
        m_sent += count;
    }
    const bool isEmpty = m_sent == m_outgoing.size();
    // Moved down only when half is gone, so that each byte moves a bounded number of times.
    if (isEmpty || m_sent > MaxQueuedBytes / 2) {
        m_outgoing.remove(0, m_sent);
        m_sent = 0;
    }
    const bool wasBlocked = m_writable->isEnabled();
    m_writable->setEnabled(!isEmpty);
    if (wasBlocked && roomInQueue() >= MaxQueuedBytes / 2)
        announceRoom();
}

/// Called from the notifier or, through send(), from anywhere: the signal comes from the event loop either
/// way.
void GuestChannel::announceRoom()
{
    QMetaObject::invokeMethod(
        this,
        [this] {
            const QPointer<GuestChannel> self(this);
            QList<QPointer<GuestProcess>> waiting;
            for (const auto &[number, stream] : m_streams) {
                if (stream.process && stream.process->m_wantsRoom)
                    waiting += QPointer<GuestProcess>(stream.process);
            }
            for (const QPointer<GuestProcess> &process : std::as_const(waiting)) {
                if (process && self)
                    process->announceRoom();
            }
        },
        Qt::QueuedConnection);
}

void GuestChannel::failRequests(const Error &error)
{
    if (m_helloReply)
        m_helloReply->deliver(fail(error));
    if (m_shutdownReply)
        m_shutdownReply->deliver(fail(error));
    for (const PendingReply<guest::Ready> &reply : std::exchange(m_readyReplies, {}))
        reply.deliver(fail(error));
    for (const PendingReply<guest::Usage> &reply : std::exchange(m_usageReplies, {}))
        reply.deliver(fail(error));
}

void GuestChannel::close(const Error &error)
{
    if (m_closed)
        return;
    m_closed = error;
    m_readable->setEnabled(false);
    m_writable->setEnabled(false);
    m_outgoing.clear();
    m_sent = 0;
    failRequests(error);
    QList<QPointer<GuestProcess>> processes;
    for (const auto &[number, stream] : m_streams) {
        if (stream.process)
            processes += QPointer<GuestProcess>(stream.process);
    }
    m_socket.close();
    const QPointer<GuestChannel> self(this);
    for (const QPointer<GuestProcess> &process : std::as_const(processes)) {
        if (process)
            process->lose(error);
    }
    if (self)
        Q_EMIT closed(error);
}

} // namespace boxgate
