#include "core/base/taskscope.h"

#include <QCoroSignal>
#include <QLoggingCategory>

namespace boxgate {

Q_LOGGING_CATEGORY(logTasks, "boxgate.base.tasks")

TaskScope::TaskScope(QObject *parent)
    : QObject(parent)
{ }

TaskScope::~TaskScope()
{
    if (m_running > 0)
        qCCritical(logTasks) << "tasks outlive their owner:" << m_running
                             << "still running; join() was not awaited";
}

void TaskScope::spawn(const QString &name, Async<void> task)
{
    ++m_running;
    // The wrapper keeps itself alive until it ends; its Task handle is not needed.
    run(name, std::move(task));
}

QCoro::Task<void> TaskScope::run(QString name, Async<void> task)
{
    const Result<void> result = co_await task;
    if (!result)
        qCWarning(logTasks).noquote() << name + QStringLiteral(":") << result.error();
    --m_running;
    if (m_running == 0)
        Q_EMIT idle();
}

QCoro::Task<void> TaskScope::join()
{
    while (m_running > 0)
        co_await qCoro(this, &TaskScope::idle);
}

} // namespace boxgate
