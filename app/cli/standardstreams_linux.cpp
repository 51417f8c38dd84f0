#include "app/cli/standardstreams.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

bool isRegularFile(int descriptor)
{
    struct stat info
    { };
    return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

bool canWriteNow(int descriptor)
{
    pollfd waiting{descriptor, POLLOUT, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

} // namespace

InputReader::InputReader(QObject *parent)
    : QObject(parent)
    , m_notifier(STDIN_FILENO, QSocketNotifier::Read)
{
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &InputReader::readChunk);
}

void InputReader::resume()
{
    if (!m_isStopped)
        m_notifier.setEnabled(true);
}

void InputReader::stop()
{
    m_isStopped = true;
    m_notifier.setEnabled(false);
}

void InputReader::readChunk()
{
    QByteArray chunk(ChunkBytes, Qt::Uninitialized);
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), std::size_t(chunk.size()));
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    m_notifier.setEnabled(false);
    if (got > 0) {
        chunk.truncate(got);
        Q_EMIT bytesRead(chunk);
        return;
    }
    // A terminal that was closed answers EIO: that is an end, too.
    m_isStopped = true;
    Q_EMIT ended();
}

OutputWriter::OutputWriter(StandardStream stream, QObject *parent)
    : QObject(parent)
    , m_descriptor(int(stream))
    , m_isRegularFile(isRegularFile(int(stream)))
    , m_notifier(int(stream), QSocketNotifier::Write)
{
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &OutputWriter::writeMore);
}

void OutputWriter::write(const QByteArray &bytes)
{
    if (m_isBroken) {
        Q_EMIT written(bytes.size());
        return;
    }
    m_queue.append(bytes);
    if (!m_notifier.isEnabled())
        writeMore();
}

void OutputWriter::writeMore()
{
    qsizetype total = 0;
    while (m_begin < m_queue.size()) {
        const qsizetype piece = writePiece();
        if (piece < 0) {
            breakOff();
            return;
        }
        if (piece == 0)
            break;
        m_begin += piece;
        total += piece;
    }
    const bool isDone = m_begin == m_queue.size();
    if (isDone) {
        m_queue.clear();
        m_begin = 0;
    }
    m_notifier.setEnabled(!isDone);
    if (total > 0)
        Q_EMIT written(total);
    if (isDone)
        Q_EMIT drained();
}

/// Returns  the bytes written; 0: not now; -1: never again
qsizetype OutputWriter::writePiece()
{
    // The descriptor may be shared with a shell that would not understand O_NONBLOCK on it. A blocking pipe
    // or terminal that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
    if (!m_isRegularFile && !canWriteNow(m_descriptor))
        return 0;
    const qsizetype left = m_queue.size() - m_begin;
    const qsizetype size = m_isRegularFile ? left : std::min<qsizetype>(left, PIPE_BUF);
    const ssize_t written = ::write(m_descriptor, m_queue.constData() + m_begin, std::size_t(size));
    if (written < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    return written;
}

void OutputWriter::breakOff()
{
    m_isBroken = true;
    m_notifier.setEnabled(false);
    const qsizetype dropped = m_queue.size() - m_begin;
    m_queue.clear();
    m_begin = 0;
    Q_EMIT broken();
    Q_EMIT written(dropped);
    Q_EMIT drained();
}

void prepareStandardStreams()
{
    ::signal(SIGPIPE, SIG_IGN);
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            (void)::open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
    }
}

} // namespace boxgate::cli
