#include "runnerhome.h"

#include "core/base/detachedprocess.h"
#include "core/base/filelock.h"
#include "core/store/boxstore.h"
#include "core/store/exitrecordfile.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace boxgate::test {

using namespace std::chrono_literals;

namespace {

constexpr auto RequestLimit = 15s;

QString runnerProgram()
{
    return QCoreApplication::applicationDirPath() + QStringLiteral("/../bin/boxgate-runner");
}

QByteArray readReport(int descriptor)
{
    QByteArray report;
    char buffer[4096];
    pollfd waiting{descriptor, POLLIN, 0};
    while (::poll(&waiting, 1, 15'000) > 0) {
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got <= 0)
            break;
        report.append(buffer, got);
    }
    ::close(descriptor);
    return report;
}

} // namespace

RunnerHome::RunnerHome()
    : m_folder(QStringLiteral("/tmp/bgr-XXXXXX"))
    , m_paths(Paths::locate(m_folder.path()))
{
    const Result<void> prepared = m_paths->prepare();
    if (!prepared)
        qFatal("%s", qPrintable(prepared.error().message));
}

RunnerHome::~RunnerHome()
{
    for (const qint64 pid : std::as_const(m_runners)) {
        if (isAlive(pid))
            ::kill(pid_t(pid), SIGKILL);
    }
}

BoxId RunnerHome::create(const QString &name, const std::function<void(BoxSpec &)> &adjust)
{
    BoxSpec spec;
    spec.name = name;
    spec.image = *ImageRef::parse(QStringLiteral("builtin/busybox"));
    spec.memory = Bytes::fromMebi(256);
    if (adjust)
        adjust(spec);
    const BoxId id = BoxId::random();
    const auto store = BoxStore::open(m_paths->database());
    const Result<void> stored =
        store ? (*store)->insert(id, spec, QDateTime::currentDateTimeUtc()) : fail(store.error());
    if (!stored)
        qFatal("%s", qPrintable(stored.error().message));
    return id;
}

Result<qint64> RunnerHome::start(const BoxId &id, const QStringList &options)
{
    const QStringList arguments =
        QStringList{QStringLiteral("--box"), id.toString(), QStringLiteral("--home"), m_folder.path()}
        + options;
    const Result<DetachedProcess> process =
        DetachedProcess::start(runnerProgram(), arguments, m_folder.filePath(QStringLiteral("runner.log")));
    BOXGATE_TRY(process);
    m_runners.append(process->pid);
    const QByteArray report = readReport(process->reportDescriptor);
    const QJsonObject object = QJsonDocument::fromJson(report).object();
    if (object.value(QStringLiteral("ready")).toBool())
        return process->pid;
    const QJsonObject error = object.value(QStringLiteral("error")).toObject();
    return fail(errorCodeFromString(error.value(QStringLiteral("code")).toString()),
                error.value(QStringLiteral("message")).toString(), QString::fromUtf8(report));
}

std::unique_ptr<ControlConnection> RunnerHome::connect(const BoxId &id) const
{
    auto opened = QCoro::waitFor(ControlConnection::open(m_paths->controlSocket(id.toString()), 5s));
    return opened ? std::move(*opened) : nullptr;
}

std::unique_ptr<ControlConnection> RunnerHome::startAndWait(const BoxId &id, const QStringList &options)
{
    const Result<qint64> pid = start(id, options);
    if (!pid) {
        qWarning() << pid.error();
        return nullptr;
    }
    auto connection = connect(id);
    if (!connection)
        return nullptr;
    auto stream = connection->makeStream(ControlMethod::Subscribe, {});
    QString state;
    QObject::connect(
        stream.get(), &ControlStream::eventReceived, stream.get(),
        [&](const QJsonObject &event) { state = event.value(QStringLiteral("state")).toString(); });
    if (!QCoro::waitFor(stream->open(RequestLimit)))
        return nullptr;
    const bool running =
        QTest::qWaitFor([&] { return state == QLatin1String("running") || !connection->isOpen(); }, 60'000)
        && connection->isOpen();
    return running ? std::move(connection) : nullptr;
}

bool RunnerHome::waitForEnd(const BoxId &id, std::chrono::milliseconds limit) const
{
    const QString lock = m_paths->boxLock(id.toString());
    return QTest::qWaitFor([&] { return !FileLock::isHeld(lock); }, int(limit.count()));
}

std::optional<ExitRecord> RunnerHome::record(const BoxId &id) const
{
    return readExitRecord(m_paths->boxExitRecord(id.toString()));
}

bool RunnerHome::isStored(const BoxId &id) const
{
    const auto store = BoxStore::open(m_paths->database());
    return store && (*store)->find(id);
}

ExecOutcome follow(ControlStream &stream, const QByteArray &input, std::chrono::milliseconds limit)
{
    ExecOutcome outcome;
    qsizetype sent = 0;
    bool ended = false;
    bool lost = false;
    const auto pump = [&] {
        sent += stream.send(QByteArrayView(input).sliced(sent));
        if (sent == input.size() && !ended) {
            ended = true;
            stream.sendEnd();
        }
    };
    QObject context;
    QObject::connect(&stream, &ControlStream::dataReceived, &context,
                     [&](ControlChannel channel, const QByteArray &bytes) {
                         (channel == ControlChannel::Stdout ? outcome.out : outcome.err) += bytes;
                         // A reader that stops and goes, in an order of its own.
                         const int pause = bytes.size() > 1000 ? int(outcome.out.size() % 3) : 0;
                         QTimer::singleShot(pause, &context, [&stream, channel, size = bytes.size()] {
                             stream.passOn(channel, size);
                         });
                     });
    QObject::connect(&stream, &ControlStream::writable, &context, pump);
    QObject::connect(&stream, &ControlStream::closed, &context, [&] { lost = true; });
    QObject::connect(&stream, &ControlStream::eventReceived, &context, [&](const QJsonObject &event) {
        if (const Result<ExitedEvent> exited = ExitedEvent::fromJson(event))
            outcome.exit = *exited;
    });
    outcome.started = QCoro::waitFor(stream.open(limit));
    if (!outcome.started)
        return outcome;
    pump();
    QElapsedTimer clock;
    clock.start();
    while (!outcome.exit && !lost && clock.elapsed() < limit.count())
        QTest::qWait(1);
    return outcome;
}

ExecOutcome exec(ControlConnection &connection, const ExecParams &params, const QByteArray &input,
                 std::chrono::milliseconds limit)
{
    const auto stream = connection.makeStream(ControlMethod::Exec, params.toJson());
    return follow(*stream, input, limit);
}

ExecOutcome shell(ControlConnection &connection, const QString &script)
{
    ExecParams params;
    params.command = {QStringLiteral("sh"), QStringLiteral("-c"), script};
    return exec(connection, params);
}

Result<QJsonObject> stop(ControlConnection &connection, StopParams::Mode mode,
                         std::chrono::milliseconds deadline)
{
    const StopParams params{mode, deadline};
    return QCoro::waitFor(connection.request(ControlMethod::Stop, params.toJson(), 30s));
}

Result<QJsonObject> setNetwork(ControlConnection &connection, NetworkMode mode)
{
    NetworkParams params;
    params.network.mode = mode;
    return QCoro::waitFor(connection.request(ControlMethod::Network, params.toJson(), 5s));
}

QStringList command(const QString &script) { return {QStringLiteral("sh"), QStringLiteral("-c"), script}; }

RunnerState stateOf(ControlConnection &connection)
{
    const Result<QJsonObject> answer =
        QCoro::waitFor(connection.request(ControlMethod::State, {}, RequestLimit));
    const Result<RunnerState> state = answer ? RunnerState::fromJson(*answer) : fail(answer.error());
    if (!state)
        qWarning() << state.error();
    return state.value_or(RunnerState());
}

bool isAlive(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray line = file.readAll();
    return line.mid(line.lastIndexOf(')') + 2, 1) != "Z";
}

} // namespace boxgate::test
