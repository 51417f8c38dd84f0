#pragma once

#include "core/base/paths.h"
#include "core/control/controlconnection.h"
#include "core/model/boxid.h"
#include "core/model/boxspec.h"
#include "core/model/exitrecord.h"

#include <QTemporaryDir>

#include <functional>

namespace boxgate::test {

/// How an exec or attach went.
struct ExecOutcome
{
    Result<QJsonObject> started = fail(ErrorCode::Timeout, QStringLiteral("not answered"));
    QByteArray out;
    QByteArray err;
    std::optional<ExitedEvent> exit;
};

/// A home with boxes that are run by the real runner. The destructor ends by their ids what is still running.
class RunnerHome
{
public:
    RunnerHome();
    ~RunnerHome();
    Q_DISABLE_COPY_MOVE(RunnerHome)

    const Paths &paths() const { return *m_paths; }

    /// Stores a box of builtin/busybox with 256 MiB; adjust changes its specification first.
    BoxId create(const QString &name, const std::function<void(BoxSpec &)> &adjust = {});

    /// Starts the runner.
    /// Returns  its pid, or the error of its start-up report
    Result<qint64> start(const BoxId &id, const QStringList &options = {});
    /// Starts the runner and waits for the state Running.
    std::unique_ptr<ControlConnection> startAndWait(const BoxId &id, const QStringList &options = {});
    std::unique_ptr<ControlConnection> connect(const BoxId &id) const;

    /// Waits until no runner has the box any more. False: it still runs after limit.
    bool waitForEnd(const BoxId &id, std::chrono::milliseconds limit) const;
    std::optional<ExitRecord> record(const BoxId &id) const;
    bool isStored(const BoxId &id) const;

private:
    QTemporaryDir m_folder;
    Result<Paths> m_paths;
    QList<qint64> m_runners;
};

/// Runs one command to its end. input  its standard input, sent as there is credit for it
ExecOutcome exec(ControlConnection &connection, const ExecParams &params, const QByteArray &input = {},
                 std::chrono::milliseconds limit = std::chrono::seconds(60));
/// `sh -c script`, without input.
ExecOutcome shell(ControlConnection &connection, const QString &script);
/// Waits for the end of a session that was opened by stream.
ExecOutcome follow(ControlStream &stream, const QByteArray &input, std::chrono::milliseconds limit);

/// Asks the box to stop, and waits until it has.
Result<QJsonObject> stop(ControlConnection &connection, StopParams::Mode mode,
                         std::chrono::milliseconds deadline);
Result<QJsonObject> setNetwork(ControlConnection &connection, NetworkMode mode);
/// `sh -c script` as an argument list.
QStringList command(const QString &script);
RunnerState stateOf(ControlConnection &connection);
bool isAlive(qint64 pid);

} // namespace boxgate::test
