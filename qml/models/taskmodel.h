#pragma once

#include "core/base/taskscope.h"

#include <QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <functional>

namespace boxgate::ui {

/// What the user has set going and what of it failed: the tray at the bottom of the window. A task that
/// succeeds leaves by itself; a failure stays until it is dismissed, at most MaxFailures of them.
///
/// Thread: main. It is the only place that awaits actions of the user; a window may close while they run:
/// they go on in the service, and nothing here is touched afterwards.
class TaskModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(int runningCount READ runningCount NOTIFY countsChanged FINAL)
    Q_PROPERTY(int failedCount READ failedCount NOTIFY countsChanged FINAL)
    /// Title of the task that was started last and still runs.
    Q_PROPERTY(QString runningTitle READ runningTitle NOTIFY countsChanged FINAL)

public:
    enum Role
    {
        TitleRole = Qt::UserRole,
        FailedRole,
        MessageRole,
        DetailRole
    };
    static constexpr int MaxFailures = 5;

    using Done = std::function<void(const Result<void> &)>;

    using QAbstractListModel::QAbstractListModel;

    /// Shows title while task runs; done, if any, is called after it while the model lives.
    void run(const QString &title, Async<void> task, Done done = {});
    /// Shows a failure that belongs to no task.
    void addFailure(const QString &title, const Error &error);

    Q_INVOKABLE void dismiss(int row);

    int runningCount() const;
    int failedCount() const { return int(m_tasks.size()) - runningCount(); }
    QString runningTitle() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void countsChanged();

private:
    struct Item
    {
        quint64 number = 0;
        QString title;
        std::optional<Error> error;
    };

    QCoro::Task<void> await(quint64 number, Async<void> task, Done done);
    void finish(quint64 number, const Result<void> &result);
    void append(const Item &item);
    void removeAt(int row);

    QList<Item> m_tasks;
    quint64 m_nextNumber = 1;
};

} // namespace boxgate::ui
