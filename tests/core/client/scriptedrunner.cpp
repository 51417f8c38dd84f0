#include "tests/core/client/scriptedrunner.h"

#include "core/control/controlpeer.h"
#include "core/store/exitrecordfile.h"

#include <QDir>
#include <QJsonArray>
#include <QTimer>

namespace boxgate::test {

StoredHome::StoredHome()
    : paths(*Paths::locate(folder.path()))
{
    if (!paths.prepare())
        qFatal("the test's home cannot be made");
    store = std::move(*BoxStore::open(paths.database()));
}

BoxId StoredHome::add(const QString &name, const NetworkSpec &network)
{
    const BoxId id = BoxId::random();
    BoxSpec spec;
    spec.name = name;
    spec.image = *ImageRef::parse(QStringLiteral("builtin/busybox"));
    spec.network = network;
    QDir().mkpath(paths.boxDirectory(id.toString()));
    if (!store->insert(id, spec, QDateTime::currentDateTimeUtc()))
        qFatal("the test's box cannot be stored");
    return id;
}

ScriptedRunner::ScriptedRunner(const StoredHome &home, const BoxId &id)
    : m_paths(home.paths)
    , m_id(id)
    , m_server(ControlHello{ControlHello::Protocol, QStringLiteral("test"), id.toString()})
{
    Result<FileLock> lock = FileLock::acquire(m_paths.boxLock(id.toString()));
    if (!lock)
        qFatal("the box has a runner already");
    m_lock.emplace(std::move(*lock));
    state.state = BoxState::Running;
    state.stage = StartStage::Ready;
    state.accelerator = QStringLiteral("tcg");
    state.startedAt = QDateTime::currentDateTimeUtc();
    state.runnerPid = 4711;
    const Result<void> begun =
        writeExitRecord(m_paths.boxExitRecord(id.toString()), ExitRecord::unfinished(state.startedAt));
    if (!begun || !m_server.listen(m_paths.controlSocket(id.toString())))
        qFatal("the scripted runner cannot listen");
    connect(&m_server, &ControlServer::accepted, this, [this](ControlPeer *peer) {
        connect(
            peer, &ControlPeer::requestReceived, this,
            [this, peer](quint32 stream, const ControlRequest &request) { answer(peer, stream, request); });
        connect(peer, &ControlPeer::closed, this, [this, peer] {
            m_subscribers.removeIf([peer](const auto &subscriber) { return subscriber.first == peer; });
        });
    });
}

ScriptedRunner::~ScriptedRunner() { die(); }

void ScriptedRunner::die()
{
    m_subscribers.clear();
    m_server.close();
    m_lock.reset();
}

void ScriptedRunner::tellState()
{
    QJsonObject event = state.toJson();
    event.insert(QStringLiteral("event"), ControlEvent::State);
    for (const auto &[peer, stream] : std::as_const(m_subscribers))
        peer->postLatest(stream, event);
}

void ScriptedRunner::tellSample(const SampleEvent &event) { tell(event.toJson()); }

void ScriptedRunner::tell(const QJsonObject &event)
{
    for (const auto &[peer, stream] : std::as_const(m_subscribers))
        peer->postDroppable(stream, event);
}

void ScriptedRunner::answer(ControlPeer *peer, quint32 stream, const ControlRequest &request)
{
    if (request.method == ControlMethod::State) {
        peer->respond(stream, state.toJson());
    } else if (request.method == ControlMethod::Subscribe) {
        peer->openSession(stream, {});
        m_subscribers.append({peer, stream});
    } else if (request.method == ControlMethod::Samples) {
        SamplesResult result;
        result.samples = samples;
        peer->respond(stream, result.toJson());
    } else if (request.method == ControlMethod::Network) {
        if (networkError) {
            peer->respond(stream, fail(*networkError));
            return;
        }
        const Result<NetworkParams> params = NetworkParams::fromJson(request.params);
        if (refuses && refuses(params->network)) {
            peer->respond(stream, fail(ErrorCode::Conflict, QStringLiteral("Port 8080 is taken")));
            return;
        }
        if (isSilent)
            return;
        applied = state.network = params->network;
        existing = params->existing;
        peer->respond(stream, QJsonObject());
    } else if (request.method == ControlMethod::Stop) {
        ExitRecord record;
        record.startedAt = state.startedAt;
        record.endedAt = QDateTime::currentDateTimeUtc();
        (void)writeExitRecord(m_paths.boxExitRecord(m_id.toString()), record);
        peer->respond(stream, QJsonObject());
        QTimer::singleShot(0, this, &ScriptedRunner::die);
    } else if (others) {
        peer->respond(stream, others(request));
    } else {
        peer->respond(stream, fail(ErrorCode::InvalidArgument, QStringLiteral("not scripted")));
    }
}

} // namespace boxgate::test
