#include "core/runner/controldesk.h"

#include <QDateTime>

namespace boxgate {

namespace {

/// Parses params for a method's handler; a failure is the answer.
template <typename Params, typename Handler>
Result<QJsonObject> with(const QJsonObject &object, Handler handler)
{
    const Result<Params> params = Params::fromJson(object);
    BOXGATE_TRY(params);
    return handler(*params);
}

QJsonObject stateEvent(const BoxRun &run)
{
    QJsonObject event = run.snapshot().toJson();
    event.insert(QStringLiteral("event"), ControlEvent::State);
    return event;
}

Error notRunning(const BoxRun &run)
{
    const QString state = toString(run.snapshot().state);
    return Error{ErrorCode::Conflict,
                 QStringLiteral("The box is %1: it takes commands once it is running").arg(state),
                 {}};
}

} // namespace

ControlDesk::ControlDesk(ControlServer &server, BoxRun &run, QObject *parent)
    : QObject(parent)
    , m_run(run)
    , m_reports(run.network())
    , m_openings(run.network())
{
    m_sampleTimer.setInterval(std::chrono::seconds(1));
    connect(&m_sampleTimer, &QTimer::timeout, this, &ControlDesk::publishSamples);
    connect(&server, &ControlServer::accepted, this, &ControlDesk::accept);
    connect(&run, &BoxRun::changed, this, &ControlDesk::announce);
    connect(&m_openings, &NetworkOpenings::changed, this, &ControlDesk::announce);
}

void ControlDesk::accept(ControlPeer *peer)
{
    connect(peer, &ControlPeer::requestReceived, this,
            [this, peer](quint32 stream, const ControlRequest &request) { serve(peer, stream, request); });
    connect(peer, &ControlPeer::cancelled, this, [this, peer](quint32 stream) { forget(peer, stream); });
    connect(peer, &ControlPeer::closed, this, [this, peer] {
        forget(peer, std::nullopt);
        // The client that started the box mostly: nobody will attach.
        m_run.expectNoAttach();
    });
}

void ControlDesk::serve(ControlPeer *peer, quint32 stream, const ControlRequest &request)
{
    if (!serveSession(peer, stream, request))
        peer->respond(stream, answer(peer, request));
}

/// Methods that answer later, or by a session. False: another method.
bool ControlDesk::serveSession(ControlPeer *peer, quint32 stream, const ControlRequest &request)
{
    const auto checked = [&](auto params, auto handler) {
        if (params)
            handler(*params);
        else
            peer->respond(stream, fail(params.error()));
        return true;
    };
    if (request.method == ControlMethod::Subscribe) {
        return checked(SubscribeParams::fromJson(request.params),
                       [&](const SubscribeParams &params) { subscribe(peer, stream, params); });
    }
    if (request.method == ControlMethod::Exec)
        return checked(ExecParams::fromJson(request.params),
                       [&](const ExecParams &params) { start(peer, stream, params); });
    if (request.method == ControlMethod::Copy)
        return checked(CopyParams::fromJson(request.params),
                       [&](const CopyParams &params) { start(peer, stream, params); });
    if (request.method == ControlMethod::OpenNetwork)
        return checked(OpenNetworkParams::fromJson(request.params),
                       [&](const OpenNetworkParams &params) { m_openings.open(peer, stream, params); });
    if (request.method == ControlMethod::Attach) {
        return checked(AttachParams::fromJson(request.params),
                       [&](const AttachParams &params) { m_run.mainCommand().attach(peer, stream, params); });
    }
    if (request.method == ControlMethod::Stop) {
        return checked(StopParams::fromJson(request.params), [&](const StopParams &params) {
            m_stopping.append({peer, stream});
            m_run.stop(params);
        });
    }
    if (request.method == ControlMethod::Usage) {
        m_tasks.spawn(QStringLiteral("usage"), answerUsage(peer, stream));
        return true;
    }
    return false;
}

Result<QJsonObject> ControlDesk::answer(ControlPeer *peer, const ControlRequest &request)
{
    if (request.method == ControlMethod::Ping)
        return QJsonObject();
    if (request.method == ControlMethod::State)
        return m_run.snapshot().toJson();
    if (request.method == ControlMethod::Network) {
        return with<NetworkParams>(request.params,
                                   [this](const NetworkParams &params) -> Result<QJsonObject> {
                                       const Result<void> applied = m_run.applyNetwork(params);
                                       BOXGATE_TRY(applied);
                                       return QJsonObject();
                                   });
    }
    if (request.method == ControlMethod::Samples) {
        return with<SamplesParams>(
            request.params, [this](const SamplesParams &params) -> Result<QJsonObject> {
                SamplesResult result;
                result.samples = m_run.network().samplesAfter(params.since, SamplesResult::MaxSamples + 1);
                result.more = result.samples.size() > SamplesResult::MaxSamples;
                if (result.more)
                    result.samples.removeLast();
                return result.toJson();
            });
    }
    if (const auto report = m_reports.answer(request))
        return *report;
    return control(peer, request);
}

/// Requests about a session of the same client.
Result<QJsonObject> ControlDesk::control(ControlPeer *peer, const ControlRequest &request)
{
    const auto outcome = [](bool found) -> Result<QJsonObject> {
        if (!found)
            return fail(ErrorCode::NotFound, QStringLiteral("The command has ended"));
        return QJsonObject();
    };
    ExecRouter *const commands = m_run.commands();
    MainCommand &main = m_run.mainCommand();
    if (request.method == ControlMethod::Resize) {
        return with<ResizeParams>(request.params, [&](const ResizeParams &params) {
            return outcome(main.resize(peer, params) || (commands && commands->resize(peer, params)));
        });
    }
    if (request.method == ControlMethod::Signal) {
        return with<SignalParams>(request.params, [&](const SignalParams &params) {
            return outcome(main.signal(peer, params) || (commands && commands->signal(peer, params)));
        });
    }
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("The box's runner knows no method '%1'").arg(request.method.left(64)));
}

void ControlDesk::subscribe(ControlPeer *peer, quint32 stream, const SubscribeParams &params)
{
    peer->openSession(stream, {});
    m_subscribers.append({peer, stream, params.samples});
    peer->postLatest(stream, stateEvent(m_run));
    if (params.events)
        m_reports.subscribe(peer, stream);
    watchSamples();
}

template <typename Params> void ControlDesk::start(ControlPeer *peer, quint32 stream, const Params &params)
{
    if (!m_run.commands() || m_run.runState() != RunState::Running)
        peer->respond(stream, fail(notRunning(m_run)));
    else
        m_run.commands()->start(peer, stream, params);
}

Async<void> ControlDesk::answerUsage(QPointer<ControlPeer> peer, quint32 stream)
{
    const Result<BoxUsage> usage = co_await m_run.usage().refresh();
    if (!peer)
        co_return {};
    if (usage)
        peer->respond(stream, usage->toJson());
    else
        peer->respond(stream, fail(usage.error()));
    co_return {};
}

void ControlDesk::announce()
{
    if (!std::exchange(m_statePending, true))
        QMetaObject::invokeMethod(this, &ControlDesk::publishState, Qt::QueuedConnection);
}

void ControlDesk::publishState()
{
    m_statePending = false;
    const QJsonObject event = m_subscribers.isEmpty() ? QJsonObject() : stateEvent(m_run);
    for (const Asked &subscriber : std::as_const(m_subscribers))
        subscriber.peer->postLatest(subscriber.stream, event);
}

void ControlDesk::publishSamples()
{
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    QList<NetSample> samples = m_run.network().samplesAfter(m_lastSecond, 60);
    if (samples.isEmpty() && !m_run.network().hasInterface() && now - 1 > m_lastSecond)
        samples.append(NetSample{.second = now - 1});
    for (const NetSample &sample : std::as_const(samples)) {
        m_lastSecond = sample.second;
        const SampleEvent event{sample, m_run.network().counters(), m_run.usage().usage()};
        const QJsonObject json = event.toJson();
        for (const Asked &subscriber : std::as_const(m_subscribers)) {
            if (subscriber.samples)
                subscriber.peer->postDroppable(subscriber.stream, json);
        }
    }
}

void ControlDesk::forget(const ControlPeer *peer, std::optional<quint32> stream)
{
    const auto isIt = [&](const Asked &asked) {
        return asked.peer == peer && (!stream || asked.stream == *stream);
    };
    m_subscribers.removeIf(isIt);
    m_stopping.removeIf(isIt);
    m_reports.forget(peer, stream);
    m_openings.forget(peer, stream);
    watchSamples();
}

void ControlDesk::watchSamples()
{
    const bool watched = std::any_of(m_subscribers.begin(), m_subscribers.end(),
                                     [](const Asked &asked) { return asked.samples; });
    m_run.usage().setWatched(watched ? UsageSampler::Watch::Somebody : UsageSampler::Watch::Nobody);
    if (!watched) {
        m_sampleTimer.stop();
    } else if (!m_sampleTimer.isActive()) {
        m_lastSecond = QDateTime::currentSecsSinceEpoch() - 1;
        m_sampleTimer.start();
    }
}

void ControlDesk::finish()
{
    m_sampleTimer.stop();
    publishState();
    const QList<Asked> stopping = std::exchange(m_stopping, {});
    for (const Asked &asked : stopping)
        asked.peer->respond(asked.stream, QJsonObject());
}

QCoro::Task<void> ControlDesk::shutdown() { co_await m_tasks.join(); }

} // namespace boxgate
