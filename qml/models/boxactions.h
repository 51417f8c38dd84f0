#pragma once

#include "core/client/boxservice.h"
#include "qml/models/taskmodel.h"

#include <QSet>

namespace boxgate::ui {

/// What can be done with a box, each as a task with a title. Knows which boxes have a change of their network
/// under way, so that a switch can show it instead of pretending.
///
/// Thread: main. The service and the tasks outlive it.
class BoxActions : public QObject
{
    Q_OBJECT

public:
    /// A stop that takes longer ends in a kill.
    static constexpr std::chrono::seconds StopDeadline{10};

    BoxActions(BoxService *service, TaskModel *tasks, QObject *parent = nullptr);

    void start(const BoxId &id);
    void stop(const BoxId &id);
    void kill(const BoxId &id);
    void restart(const BoxId &id);
    void remove(const BoxId &id);
    void setNetwork(const BoxId &id, const NetworkSpec &network);
    /// done   called with the new box's id or the failure
    void create(const BoxSpec &spec, bool startAtOnce, std::function<void(const Result<BoxId> &)> done);

    bool isNetworkPending(const BoxId &id) const { return m_networkPending.contains(id); }

Q_SIGNALS:
    void networkPendingChanged(const boxgate::BoxId &id);

private:
    QString nameOf(const BoxId &id) const;
    Async<void> stopThenStart(BoxId id);
    Async<void> createBox(BoxSpec spec, std::shared_ptr<BoxId> id);

    BoxService *m_service;
    TaskModel *m_tasks;
    QSet<BoxId> m_networkPending;
};

} // namespace boxgate::ui
