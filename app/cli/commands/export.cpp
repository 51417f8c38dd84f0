#include "app/cli/boxtransferrun.h"
#include "app/cli/commands/commands.h"
#include "app/cli/terminal.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"snapshot", 's', "SNAPSHOT", "Its disk and specification as of then"},
    OptionSpec{"quiet", 'q', nullptr, "Print no progress"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::EndedBoxes},
                                ArgumentSpec{"FILE", Arity::One, Words::Files}};
constexpr std::array Examples{
    ExampleSpec{"boxgate export web web.box", "Disk and options of the box as one file"},
    ExampleSpec{"boxgate export web - | ssh other boxgate import -", "Move a box to another machine"},
};

/// The file beside its name until it is whole; what is there under the name stays until then.
class PartialFile
{
public:
    explicit PartialFile(const QString &file)
        : m_file(file)
        , m_partial(QFile::encodeName(file + QStringLiteral(".part")))
        , m_fd(::open(m_partial.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600))
    { }
    ~PartialFile()
    {
        if (m_fd.isValid())
            ::unlink(m_partial.constData());
    }

    Result<int> descriptor() const
    {
        if (!m_fd.isValid())
            return fail(failure());
        return m_fd.number();
    }

    Result<void> commit()
    {
        const QByteArray name = QFile::encodeName(m_file);
        if (::fsync(m_fd.number()) != 0 || std::rename(m_partial.constData(), name.constData()) != 0)
            return fail(failure());
        m_fd.close();
        return {};
    }

private:
    Error failure() const { return Error::fromErrno(errno, QStringLiteral("Cannot write %1").arg(m_file)); }

    QString m_file;
    QByteArray m_partial;
    Descriptor m_fd;
};

Async<int> exportTo(CommandContext *context, BoxId id, int fd)
{
    TransferRun run(context, QStringLiteral("Exporting"));
    BoxTransfer transfer(context->paths(), &context->store(), &context->operations(), &context->disks());
    const QString snapshot = context->arguments().value("snapshot");
    const Result<void> done = co_await transfer.exportBox(id, snapshot, fd, run.count());
    if (const std::optional<int> ended = run.finish())
        co_return *ended;
    BOXGATE_CO_TRY(done);
    co_return 0;
}

Async<int> runExport(CommandContext *context)
{
    const QString file = context->arguments().word("FILE");
    const bool isStream = file == QLatin1String("-");
    if (isStream && isTerminal(StandardStream::Output)) {
        co_return fail(ErrorCode::InvalidArgument,
                       QStringLiteral("An exported box is no text: use '-' with a pipe, or name a file"));
    }
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    if (isStream) {
        const Result<int> status = co_await exportTo(context, box->id, STDOUT_FILENO);
        co_return status;
    }
    // Asked first, so that a box that runs costs no file.
    const Result<void> possible = [&]() -> Result<void> {
        const Result<FileLock> lock = context->disks().hold(box->id);
        BOXGATE_TRY(lock);
        return {};
    }();
    BOXGATE_CO_TRY(possible);
    PartialFile partial(file);
    const Result<int> fd = partial.descriptor();
    BOXGATE_CO_TRY(fd);
    const Result<int> status = co_await exportTo(context, box->id, *fd);
    BOXGATE_CO_TRY(status);
    if (*status == 0) {
        const Result<void> written = partial.commit();
        BOXGATE_CO_TRY(written);
    }
    co_return *status;
}

} // namespace

CommandSpec exportCommandSpec()
{
    CommandSpec spec{"export", "Write a box that does not run to one file"};
    spec.details =
        "The file holds the box's options, its image's configuration and its whole disk, compressed, so that "
        "another machine\n"
        "needs nothing else; snapshots are not in it. '-' is standard output.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runExport;
    return spec;
}

} // namespace boxgate::cli
