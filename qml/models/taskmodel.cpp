#include "qml/models/taskmodel.h"

#include <QPointer>

#include <algorithm>

namespace boxgate::ui {

void TaskModel::run(const QString &title, Async<void> task, Done done)
{
    const quint64 number = m_nextNumber++;
    append(Item{number, title, std::nullopt});
    // The coroutine keeps itself alive until it ends.
    await(number, std::move(task), std::move(done));
}

QCoro::Task<void> TaskModel::await(quint64 number, Async<void> task, Done done)
{
    const QPointer<TaskModel> self(this);
    const Result<void> result = co_await task;
    if (!self)
        co_return;
    finish(number, result);
    if (done)
        done(result);
}

void TaskModel::finish(quint64 number, const Result<void> &result)
{
    const auto found = std::ranges::find(m_tasks, number, &Item::number);
    if (found == m_tasks.end())
        return;
    const int row = int(found - m_tasks.begin());
    if (result || result.error().code == ErrorCode::Cancelled) {
        removeAt(row);
        return;
    }
    m_tasks[row].error = result.error();
    Q_EMIT dataChanged(index(row), index(row));
    Q_EMIT countsChanged();
}

void TaskModel::addFailure(const QString &title, const Error &error)
{
    append(Item{m_nextNumber++, title, error});
}

void TaskModel::append(const Item &item)
{
    const int row = int(m_tasks.size());
    beginInsertRows({}, row, row);
    m_tasks.append(item);
    endInsertRows();
    if (failedCount() > MaxFailures) {
        const auto oldest =
            std::ranges::find_if(m_tasks, [](const Item &task) { return task.error.has_value(); });
        removeAt(int(oldest - m_tasks.begin()));
    }
    Q_EMIT countsChanged();
}

void TaskModel::removeAt(int row)
{
    beginRemoveRows({}, row, row);
    m_tasks.removeAt(row);
    endRemoveRows();
    Q_EMIT countsChanged();
}

void TaskModel::dismiss(int row)
{
    if (row >= 0 && row < m_tasks.size() && m_tasks[row].error)
        removeAt(row);
}

int TaskModel::runningCount() const
{
    return int(std::ranges::count_if(m_tasks, [](const Item &task) { return !task.error.has_value(); }));
}

QString TaskModel::runningTitle() const
{
    for (auto it = m_tasks.crbegin(); it != m_tasks.crend(); ++it) {
        if (!it->error)
            return it->title;
    }
    return {};
}

int TaskModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_tasks.size());
}

QVariant TaskModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Item &task = m_tasks[index.row()];
    switch (role) {
    case Qt::DisplayRole:
    case TitleRole:
        return task.title;
    case FailedRole:
        return task.error.has_value();
    case MessageRole:
        return task.error ? task.error->message : QString();
    case DetailRole:
        return task.error ? task.error->detail : QString();
    default:
        return {};
    }
}

QHash<int, QByteArray> TaskModel::roleNames() const
{
    return {{TitleRole, "title"}, {FailedRole, "failed"}, {MessageRole, "message"}, {DetailRole, "detail"}};
}

} // namespace boxgate::ui
