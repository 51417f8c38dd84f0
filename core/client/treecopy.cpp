#include "core/client/treecopy.h"

#include "core/base/workerthread.h"
#include "core/tree/treepacker.h"
#include "core/tree/treetar.h"
#include "core/tree/treeunpacker.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace boxgate {

namespace {

constexpr qsizetype PieceBytes = 64 * 1024;
constexpr qsizetype MaxComplaintBytes = 1024;

/// The guest's words as a part of a sentence.
QString printable(const QByteArray &text)
{
    QString line = QString::fromUtf8(text);
    for (QChar &c : line) {
        if (!c.isPrint())
            c = QLatin1Char('?');
    }
    return line.left(500).trimmed();
}

tree::Problem sendTree(const CopyHost &host, int fd, const tree::CancelFlag &cancelled, tree::Totals &totals)
{
    tree::ItemWriter out(fd, cancelled);
    if (host.kind == CopyHost::Kind::Tar)
        return tree::tarToTree(STDIN_FILENO, out, cancelled, totals);
    const tree::PackRequest request{QFile::encodeName(host.path).toStdString(), host.followLink, false};
    return tree::packTree(request, out, cancelled, totals);
}

tree::Problem takeTree(const CopyHost &host, int fd, const tree::CancelFlag &cancelled, tree::Totals &totals)
{
    tree::ItemReader in(fd, cancelled);
    const std::string name = QFile::encodeName(host.name).toStdString();
    if (host.kind == CopyHost::Kind::Tar)
        return tree::treeToTar(in, STDOUT_FILENO, name, cancelled, totals);
    const auto ownership = host.keepOwners ? tree::Ownership::Sent : tree::Ownership::Receiver;
    const tree::UnpackRequest request{QFile::encodeName(host.path).toStdString(), name, ownership};
    return tree::unpackTree(request, in, cancelled, totals);
}

} // namespace

TreeCopy::TreeCopy(std::shared_ptr<BoxHandle> handle, const CopyParams &params, const CopyHost &host)
    : m_params(params)
    , m_host(host)
    , m_handle(std::move(handle))
    , m_session(m_handle->makeCopy(params))
{
    connect(m_session.get(), &CommandSession::output, this, &TreeCopy::takeOutput);
    connect(m_session.get(), &CommandSession::exited, this,
            [this](const ExitedEvent &exit) { m_exit.deliver(exit); });
    connect(m_session.get(), &CommandSession::closed, this,
            [this](const Error &why) { m_exit.deliver(fail(why)); });
    if (isIn())
        connect(m_session.get(), &CommandSession::writable, this, &TreeCopy::pumpIn);
}

TreeCopy::~TreeCopy() = default;

Result<void> TreeCopy::openPipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot make a pipe")));
    m_ours = Descriptor(ends[isIn() ? 0 : 1]);
    m_workers = Descriptor(ends[isIn() ? 1 : 0]);
    ::fcntl(m_ours.number(), F_SETFL, O_NONBLOCK);
    const auto type = isIn() ? QSocketNotifier::Read : QSocketNotifier::Write;
    m_notifier = std::make_unique<QSocketNotifier>(m_ours.number(), type);
    m_notifier->setEnabled(isIn());
    connect(m_notifier.get(), &QSocketNotifier::activated, this,
            isIn() ? &TreeCopy::pumpIn : &TreeCopy::pumpOut);
    return {};
}

Async<TreeCopy::Work> TreeCopy::work()
{
    auto end = std::make_shared<Descriptor>(std::move(m_workers));
    const auto job = [end, host = m_host, cancelled = m_cancelled, in = isIn()]() -> Result<Work> {
        Work done;
        const auto move = in ? &sendTree : &takeTree;
        done.problem = move(host, end->number(), *cancelled, done.totals);
        end->close();
        return done;
    };
    const Result<Work> done = co_await runOnWorker<Work>(job);
    co_return done;
}

Async<tree::Totals> TreeCopy::run()
{
    const Result<void> piped = openPipe();
    BOXGATE_CO_TRY(piped);
    const Result<qint64> opened = co_await m_session->open(CommandSession::StartLimit);
    BOXGATE_CO_TRY(opened);
    Async<Work> working = work();
    const PendingReply<ExitedEvent> reply = m_exit;
    const Result<ExitedEvent> exit = co_await reply;
    m_isOver = true;
    if (isIn() || !exit || m_pending.isEmpty())
        closePipe();
    const Result<Work> done = co_await working;
    closePipe();
    BOXGATE_CO_TRY(done);
    co_return conclude(exit, *done);
}

Result<tree::Totals> TreeCopy::conclude(const Result<ExitedEvent> &exit, const Work &work) const
{
    if (*m_cancelled)
        return fail(ErrorCode::Cancelled, QStringLiteral("The copy was cancelled"));
    // What one side says of the other is only a consequence.
    const QString ours = QFile::decodeName(QByteArray::fromStdString(work.problem));
    const bool isConsequence =
        work.problem == tree::CancelledProblem || ours.startsWith(QLatin1String("the other side"));
    if (!ours.isEmpty() && !isConsequence)
        return fail(ErrorCode::Io, QStringLiteral("Cannot copy: %1").arg(ours));
    BOXGATE_TRY(exit);
    if (exit->status() != 0) {
        const QString theirs = m_complaint.isEmpty()
            ? QStringLiteral("it was ended by signal %1").arg(exit->signal)
            : printable(m_complaint);
        return fail(ErrorCode::Io, QStringLiteral("Cannot copy: in the box, %1").arg(theirs));
    }
    if (!ours.isEmpty())
        return fail(ErrorCode::Protocol, QStringLiteral("Cannot copy: %1").arg(ours));
    return work.totals;
}

void TreeCopy::cancel()
{
    *m_cancelled = true;
    m_session->hangUp();
    m_exit.deliver(fail(ErrorCode::Cancelled, QStringLiteral("The copy was cancelled")));
}

void TreeCopy::closePipe()
{
    if (m_notifier) { // maybe inside of its signal
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater();
    }
    m_ours.close();
}

/// One piece; the notifier calls again while there is more.
void TreeCopy::pumpIn()
{
    if (!m_notifier)
        return;
    if (m_pending.isEmpty()) {
        QByteArray piece(PieceBytes, Qt::Uninitialized);
        const ssize_t count = ::read(m_ours.number(), piece.data(), std::size_t(piece.size()));
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count <= 0) { // what went wrong, if anything, the worker tells
            m_session->closeInput();
            closePipe();
            return;
        }
        piece.truncate(count);
        m_pending = piece;
    }
    const qsizetype taken = m_session->write(m_pending);
    m_bytes += taken;
    m_pending.remove(0, taken);
    m_notifier->setEnabled(m_pending.isEmpty());
}

void TreeCopy::takeOutput(ControlChannel channel, const QByteArray &bytes)
{
    if (channel == ControlChannel::Stderr || isIn()) {
        m_complaint = (m_complaint + bytes).left(MaxComplaintBytes);
        m_session->passOn(channel, bytes.size());
        return;
    }
    m_pending.append(bytes);
    pumpOut();
}

void TreeCopy::pumpOut()
{
    while (m_notifier && !m_pending.isEmpty()) {
        const ssize_t count = ::write(m_ours.number(), m_pending.constData(), std::size_t(m_pending.size()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            break;
        if (count < 0) { // the worker has ended, and tells why
            m_session->hangUp();
            m_pending.clear();
            m_exit.deliver(fail(ErrorCode::Cancelled, QStringLiteral("The copy was ended")));
            break;
        }
        m_bytes += count;
        m_pending.remove(0, count);
        m_session->passOn(ControlChannel::Stdout, count);
    }
    if (m_notifier)
        m_notifier->setEnabled(!m_pending.isEmpty());
    if (m_isOver && m_pending.isEmpty())
        closePipe();
}

} // namespace boxgate
