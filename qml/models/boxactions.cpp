#include "qml/models/boxactions.h"

#include <QPointer>

namespace boxgate::ui {

BoxActions::BoxActions(BoxService *service, TaskModel *tasks, QObject *parent)
    : QObject(parent)
    , m_service(service)
    , m_tasks(tasks)
{ }

QString BoxActions::nameOf(const BoxId &id) const
{
    const auto box = m_service->box(id);
    return box ? box->spec.name : id.toString();
}

void BoxActions::start(const BoxId &id)
{
    m_tasks->run(QStringLiteral("Starting %1").arg(nameOf(id)), m_service->start(id));
}

void BoxActions::stop(const BoxId &id)
{
    m_tasks->run(QStringLiteral("Stopping %1").arg(nameOf(id)),
                 m_service->stop(id, StopMode::Graceful, StopDeadline));
}

void BoxActions::kill(const BoxId &id)
{
    m_tasks->run(QStringLiteral("Killing %1").arg(nameOf(id)),
                 m_service->stop(id, StopMode::Kill, StopDeadline));
}

void BoxActions::restart(const BoxId &id)
{
    m_tasks->run(QStringLiteral("Restarting %1").arg(nameOf(id)), stopThenStart(id));
}

Async<void> BoxActions::stopThenStart(BoxId id)
{
    const QPointer<BoxService> service(m_service);
    const Result<void> stopped = co_await service->stop(id, StopMode::Graceful, StopDeadline);
    BOXGATE_CO_TRY(stopped);
    if (!service)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("Boxgate is closing"));
    const Result<void> started = co_await service->start(id);
    co_return started;
}

void BoxActions::remove(const BoxId &id)
{
    m_tasks->run(QStringLiteral("Removing %1").arg(nameOf(id)),
                 m_service->remove(id, RemoveMode::EvenRunning));
}

void BoxActions::setNetwork(const BoxId &id, const NetworkSpec &network)
{
    if (m_networkPending.contains(id))
        return;
    m_networkPending.insert(id);
    Q_EMIT networkPendingChanged(id);
    const QPointer<BoxActions> self(this);
    m_tasks->run(QStringLiteral("Changing the network of %1").arg(nameOf(id)),
                 m_service->setNetwork(id, network), [self, id](const Result<void> &) {
                     if (!self)
                         return;
                     self->m_networkPending.remove(id);
                     Q_EMIT self->networkPendingChanged(id);
                 });
}

void BoxActions::create(const BoxSpec &spec, bool startAtOnce,
                        std::function<void(const Result<BoxId> &)> done)
{
    const auto id = std::make_shared<BoxId>();
    const QPointer<BoxActions> self(this);
    m_tasks->run(QStringLiteral("Creating %1").arg(spec.name), createBox(spec, id),
                 [self, id, startAtOnce, done](const Result<void> &result) {
                     if (!self)
                         return;
                     if (!result) {
                         done(fail(result.error()));
                         return;
                     }
                     done(*id);
                     if (startAtOnce)
                         self->start(*id);
                 });
}

Async<void> BoxActions::createBox(BoxSpec spec, std::shared_ptr<BoxId> id)
{
    const Result<BoxId> created = co_await m_service->create(spec);
    BOXGATE_CO_TRY(created);
    *id = *created;
    co_return Result<void>();
}

} // namespace boxgate::ui
