#include "core/client/boxhandle.h"

#include "core/client/boxservice.h"
#include "core/control/controlreports.h"

#include <QLoggingCategory>

namespace boxgate {

Q_LOGGING_CATEGORY(logHandle, "boxgate.client.handle")

namespace {

constexpr std::chrono::seconds OpenLimit{5};
/// The runner answers from memory; slower than this it hangs.
constexpr std::chrono::seconds RequestLimit{10};
/// What the runner may need beyond the guest's deadline: to kill QEMU and write the record.
constexpr std::chrono::seconds StopMargin{20};

} // namespace

void describeRun(BoxSummary &summary, const RunnerState &said)
{
    summary.lastExit.reset();
    summary.state = said.state;
    summary.stage = said.stage;
    summary.accelerator = said.accelerator;
    summary.startedAt = said.startedAt;
    summary.runnerPid = said.runnerPid;
    summary.ports = said.ports;
    summary.hasInterface = said.hasInterface;
    summary.counters = said.counters;
    summary.usage = said.usage;
    summary.problem = said.problem;
}

BoxHandle::BoxHandle(const BoxId &id, std::unique_ptr<ControlConnection> connection)
    : m_id(id)
    , m_connection(std::move(connection))
{
    connect(m_connection.get(), &ControlConnection::closed, this, &BoxHandle::takeClosed);
}

Async<std::shared_ptr<BoxHandle>> BoxHandle::open(Paths paths, BoxId id)
{
    const QString socket = paths.controlSocket(id.toString());
    Result<std::unique_ptr<ControlConnection>> opened = co_await ControlConnection::open(socket, OpenLimit);
    BOXGATE_CO_TRY(opened);
    std::unique_ptr<ControlConnection> connection = std::move(*opened);
    if (connection->hello().id != id.toString()) {
        co_return fail(ErrorCode::Protocol,
                       QStringLiteral("The socket %1 belongs to another box: stop its runner and remove it")
                           .arg(socket));
    }
    // The last user may let go of it inside one of the connection's signals.
    const auto later = [](BoxHandle *handle) { handle->deleteLater(); };
    std::shared_ptr<BoxHandle> handle(new BoxHandle(id, std::move(connection)), later);
    co_return handle;
}

Async<void> BoxHandle::subscribe(SampleDelivery samples)
{
    SubscribeParams params;
    params.samples = samples == SampleDelivery::EachSecond;
    m_subscription = m_connection->makeStream(ControlMethod::Subscribe, params.toJson());
    connect(m_subscription.get(), &ControlStream::eventReceived, this, &BoxHandle::takeEvent);
    const Result<QJsonObject> opened = co_await m_subscription->open(RequestLimit);
    BOXGATE_CO_TRY(opened);
    // The state from before the subscription: its events tell changes only.
    const Result<RunnerState> state = co_await requestState();
    BOXGATE_CO_TRY(state);
    co_return {};
}

Async<RunnerState> BoxHandle::requestState()
{
    const QJsonObject none;
    const Result<QJsonObject> answer =
        co_await m_connection->request(ControlMethod::State, none, RequestLimit);
    BOXGATE_CO_TRY(answer);
    const Result<RunnerState> state = RunnerState::fromJson(*answer);
    BOXGATE_CO_TRY(state);
    m_state = *state;
    Q_EMIT stateChanged();
    deliverStart();
    co_return *state;
}

Async<void> BoxHandle::stop(StopMode mode, std::chrono::milliseconds deadline)
{
    StopParams params;
    params.mode = mode == StopMode::Kill ? StopParams::Mode::Kill : StopParams::Mode::Graceful;
    params.deadline = deadline;
    const QJsonObject json = params.toJson();
    const std::chrono::milliseconds limit = deadline + StopMargin;
    const Result<QJsonObject> stopped = co_await m_connection->request(ControlMethod::Stop, json, limit);
    BOXGATE_CO_TRY(stopped);
    co_return {};
}

Async<void> BoxHandle::setNetwork(NetworkSpec network, ExistingFlows existing)
{
    NetworkParams params;
    params.network = network;
    params.existing = existing;
    const QJsonObject json = params.toJson();
    const Result<QJsonObject> applied =
        co_await m_connection->request(ControlMethod::Network, json, RequestLimit);
    BOXGATE_CO_TRY(applied);
    co_return {};
}

Async<void> BoxHandle::openNetwork(std::chrono::seconds time)
{
    OpenNetworkParams params;
    params.time = time;
    m_opening = m_connection->makeStream(ControlMethod::OpenNetwork, params.toJson());
    const Result<QJsonObject> opened = co_await m_opening->open(RequestLimit);
    BOXGATE_CO_TRY(opened);
    co_return {};
}

Async<void> BoxHandle::closeNetwork()
{
    m_opening.reset();
    // The runner answers in the order in which it hears.
    const QJsonObject none;
    const Result<QJsonObject> heard = co_await m_connection->request(ControlMethod::Ping, none, RequestLimit);
    BOXGATE_CO_TRY(heard);
    co_return {};
}

Async<QList<NetSample>> BoxHandle::samples(qint64 since)
{
    QList<NetSample> all;
    SamplesParams params;
    params.since = since;
    bool more = true;
    while (more) {
        const QJsonObject json = params.toJson();
        const Result<QJsonObject> answer =
            co_await m_connection->request(ControlMethod::Samples, json, RequestLimit);
        BOXGATE_CO_TRY(answer);
        const Result<SamplesResult> part = SamplesResult::fromJson(*answer);
        BOXGATE_CO_TRY(part);
        all += part->samples;
        more = part->more && !part->samples.isEmpty();
        if (more)
            params.since = part->samples.last().second;
    }
    co_return all;
}

std::unique_ptr<CommandSession> BoxHandle::makeExec(const ExecParams &params)
{
    return std::make_unique<CommandSession>(m_connection.get(),
                                            m_connection->makeStream(ControlMethod::Exec, params.toJson()));
}

std::unique_ptr<CommandSession> BoxHandle::makeCopy(const CopyParams &params)
{
    return std::make_unique<CommandSession>(m_connection.get(),
                                            m_connection->makeStream(ControlMethod::Copy, params.toJson()));
}

std::unique_ptr<CommandSession> BoxHandle::makeAttachment(const AttachParams &params)
{
    return std::make_unique<CommandSession>(m_connection.get(),
                                            m_connection->makeStream(ControlMethod::Attach, params.toJson()));
}

Async<void> BoxHandle::untilClosed(std::chrono::milliseconds limit)
{
    if (!isOpen())
        co_return {};
    const Error tooLate{ErrorCode::Timeout, QStringLiteral("The box's runner did not end in time"), {}};
    const PendingReply<void> reply(limit, tooLate);
    m_closeWaiters.append(reply);
    const Result<void> closedNow = co_await reply;
    co_return closedNow;
}

Async<void> BoxHandle::untilStarted()
{
    const PendingReply<void> reply;
    m_startWaiters.append(reply);
    deliverStart();
    const Result<void> left = co_await reply;
    co_return left;
}

void BoxHandle::deliverStart()
{
    if (isOpen() && (!m_state || m_state->state == BoxState::Starting))
        return;
    for (const PendingReply<void> &waiter : std::exchange(m_startWaiters, {}))
        waiter.deliver({});
}

void BoxHandle::takeEvent(const QJsonObject &event)
{
    const QString name = event.value(QLatin1String("event")).toString();
    if (name == ControlEvent::State) {
        const Result<RunnerState> state = RunnerState::fromJson(event);
        if (!state) {
            qCWarning(logHandle) << "box" << m_id.toString() << "sent a state that is none:" << state.error();
            return;
        }
        m_state = *state;
        Q_EMIT stateChanged();
        deliverStart();
    } else if (name == ControlEvent::Sample) {
        const Result<SampleEvent> sample = SampleEvent::fromJson(event);
        if (!sample) {
            qCWarning(logHandle) << "box" << m_id.toString()
                                 << "sent a sample that is none:" << sample.error();
            return;
        }
        if (m_state) {
            m_state->counters = sample->counters;
            m_state->usage = sample->usage;
        }
        Q_EMIT sampled(*sample);
    } else if (name == ControlEvent::NetEvents) {
        const Result<EventsPage> page = EventsPage::fromJson(event);
        if (!page) {
            qCWarning(logHandle) << "box" << m_id.toString()
                                 << "sent net events that are none:" << page.error();
            return;
        }
        Q_EMIT netEventsReceived(page->batch);
    }
}

void BoxHandle::takeClosed(const Error &why)
{
    deliverStart();
    for (const PendingReply<void> &waiter : std::exchange(m_closeWaiters, {}))
        waiter.deliver({});
    Q_EMIT closed(why);
}

} // namespace boxgate
