#include "app/cli/commandcontext.h"

#include "app/cli/complaint.h"
#include "app/cli/exitstatus.h"

#include <vector>

namespace boxgate::cli {

CommandContext::CommandContext(CommandLine line, std::span<const CommandSpec> commands)
    : m_line(std::move(line))
    , m_commands(commands)
{ }

Result<Paths> CommandContext::locate() const { return Paths::locate(arguments().value("home")); }

Result<void> CommandContext::open()
{
    const Result<Paths> paths = locate();
    BOXGATE_TRY(paths);
    const Result<void> prepared = paths->prepare();
    BOXGATE_TRY(prepared);
    Result<std::unique_ptr<BoxStore>> store = BoxStore::open(paths->database());
    BOXGATE_TRY(store);
    m_paths = *paths;
    m_store = std::move(*store);
    m_operations = std::make_unique<BoxOperations>(*m_paths, m_store.get());
    m_images = std::make_unique<ImageOperations>(*m_paths, m_store.get());
    m_disks = std::make_unique<BoxDisks>(*m_paths, m_store.get(), m_operations.get());
    return {};
}

Result<BoxSummary> CommandContext::openBox()
{
    const Result<void> opened = open();
    BOXGATE_TRY(opened);
    return directory().resolve(arguments().word("BOX"));
}

Async<int> withEachBox(CommandContext *context, BoxAction action)
{
    struct Job
    {
        QString name;
        Async<void> task;
    };
    std::vector<Job> jobs;
    int status = 0;
    for (const QString &word : context->arguments().words("BOX")) {
        const Result<BoxSummary> box = context->directory().resolve(word);
        if (!box) {
            context->output().complain(box.error().message);
            status = ExitStatus::BoxgateFailed;
            continue;
        }
        jobs.push_back(Job{box->spec.name, action(*box)});
    }
    for (Job &job : jobs) {
        const Result<void> done = co_await job.task;
        if (done) {
            context->output().print(job.name + QLatin1Char('\n'));
        } else {
            complain(context->output(), done.error());
            status = ExitStatus::BoxgateFailed;
        }
    }
    co_return status;
}

} // namespace boxgate::cli
