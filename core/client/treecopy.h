#pragma once

#include "core/base/descriptor.h"
#include "core/base/pendingreply.h"
#include "core/client/boxhandle.h"
#include "core/tree/treestream.h"

#include <QSocketNotifier>

namespace boxgate {

/// What is at the host's end of a copy.
struct CopyHost
{
    enum class Kind
    {
        Files,
        Tar ///< standard input or output
    };

    Kind kind = Kind::Files;
    QString path; ///< of Files
    QString name; ///< Out: what the tree is called here, as tree::UnpackRequest::name
    bool followLink = false; ///< In: sends what a link leads to
    bool keepOwners = false; ///< Out: owners, where the system allows it, and all mode bits as they are sent
};

/// One copy between the host and a running box.
///
/// A worker thread packs or unpacks the host's end, a pipe joins it with the session, and credit reaches
/// through to the guest: neither side holds more than some 300 KiB, whatever is copied. The guest's stream is
/// hostile: the worker writes nothing outside of the destination (core/tree/treeunpacker.h). Thread: the main
/// thread. Lifetime: one run(), which it must outlive.
class TreeCopy : public QObject
{
    Q_OBJECT

public:
    TreeCopy(std::shared_ptr<BoxHandle> handle, const CopyParams &params, const CopyHost &host);
    ~TreeCopy() override;

    /// Errors   Conflict: the box does not run yet; Cancelled; Unavailable: the box went away; Io: a side's
    /// own clause
    Async<tree::Totals> run();
    /// run() ends soon; a file that is half copied is removed.
    void cancel();

    /// Of the stream, so far.
    qint64 bytes() const { return m_bytes; }

private:
    /// How the worker ended.
    struct Work
    {
        tree::Problem problem;
        tree::Totals totals;
    };

    bool isIn() const { return m_params.direction == CopyParams::Direction::In; }
    Result<void> openPipe();
    Async<Work> work();
    void pumpIn();
    void takeOutput(ControlChannel channel, const QByteArray &bytes);
    void pumpOut();
    void closePipe();
    Result<tree::Totals> conclude(const Result<ExitedEvent> &exit, const Work &work) const;

    const CopyParams m_params;
    const CopyHost m_host;
    std::shared_ptr<BoxHandle> m_handle;
    std::unique_ptr<CommandSession> m_session;
    std::shared_ptr<tree::CancelFlag> m_cancelled = std::make_shared<tree::CancelFlag>(false);
    Descriptor m_ours; ///< of the pipe, non-blocking
    Descriptor m_workers;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QByteArray m_pending; ///< In: read and not taken by the session; Out: not taken by the pipe
    QByteArray m_complaint; ///< of the guest
    PendingReply<ExitedEvent> m_exit;
    bool m_isOver = false; ///< Out: the guest sends no more
    qint64 m_bytes = 0;
};

} // namespace boxgate
