#include "app/cli/livesummary.h"

#include <vector>

namespace boxgate::cli {

Async<BoxSummary> liveBox(Paths paths, const BoxDirectory *directory, BoxSummary known)
{
    if (!known.hasRunner())
        co_return known;
    const Result<std::shared_ptr<BoxHandle>> handle = co_await BoxHandle::open(paths, known.id);
    if (handle) {
        const std::shared_ptr<BoxHandle> running = *handle;
        const Result<RunnerState> state = co_await running->requestState();
        if (state) {
            describeRun(known, *state);
            co_return known;
        }
    }
    // It begins or ends in this moment: what the disk says now is as true.
    const Result<BoxSummary> now = directory->find(known.id);
    co_return now;
}

Async<QList<BoxSummary>> liveBoxes(Paths paths, const BoxDirectory *directory)
{
    const Result<QList<BoxSummary>> known = directory->all();
    BOXGATE_CO_TRY(known);
    std::vector<Async<BoxSummary>> asked;
    for (const BoxSummary &box : *known)
        asked.push_back(liveBox(paths, directory, box));
    QList<BoxSummary> boxes;
    for (Async<BoxSummary> &question : asked) {
        const Result<BoxSummary> box = co_await question;
        if (box)
            boxes.append(*box); // one that failed was removed meanwhile
    }
    co_return boxes;
}

} // namespace boxgate::cli
