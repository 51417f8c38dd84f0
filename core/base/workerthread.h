#pragma once

#include "core/base/pendingreply.h"
#include "core/base/taskscope.h"

#include <QCoreApplication>
#include <QThreadPool>

namespace boxgate {

/// Runs a blocking function on a thread pool while the caller's event loop goes on.
/// pool   outlives the call
/// work   a callable without parameters that returns Result<T>; holds copies of what it needs, for it may
/// outlive the
///        caller
/// Thread: the main thread awaits.
template <typename T, typename Work> Async<T> runOnPool(QThreadPool *pool, Work work)
{
    const PendingReply<T> reply;
    // The reply's timer belongs to this thread: the worker only carries it back.
    pool->start([reply, work = std::move(work)]() mutable {
        Result<T> result = work();
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [reply = std::move(reply), result = std::move(result)] { reply.deliver(result); },
            Qt::QueuedConnection);
    });
    const Result<T> result = co_await reply;
    co_return result;
}

/// runOnPool() on the pool that all share: for work that waits for nobody.
template <typename T, typename Work> Async<T> runOnWorker(Work work)
{
    return runOnPool<T>(QThreadPool::globalInstance(), std::move(work));
}

} // namespace boxgate
