#pragma once

#include "core/base/result.h"

#include <QCoroTask>
#include <QObject>

namespace boxgate {

/// A coroutine that ends with a value or an Error.
template <typename T> using Async = QCoro::Task<Result<T>>;

/// Owns the coroutines that an object starts and nobody awaits: nobody drops a task.
///
/// Thread: the owner's. Lifetime: a member of the object whose coroutines it runs; that object's shutdown()
/// ends with `co_await m_tasks.join()`, after which none of them runs any more. Errors are logged with the
/// name of the task.
class TaskScope : public QObject
{
    Q_OBJECT

public:
    explicit TaskScope(QObject *parent = nullptr);
    ~TaskScope() override;

    /// Runs task to its end; name says in the log what failed.
    void spawn(const QString &name, Async<void> task);

    int running() const { return m_running; }

    /// Ends once no task is running.
    QCoro::Task<void> join();

Q_SIGNALS:
    void idle();

private:
    QCoro::Task<void> run(QString name, Async<void> task);

    int m_running = 0;
};

} // namespace boxgate
