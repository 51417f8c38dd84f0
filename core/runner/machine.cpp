#include "core/runner/machine.h"

namespace boxgate {

Machine::Machine(QObject *parent)
    : QObject(parent)
{
    connect(&m_process, &QemuProcess::ended, this, [this](const QemuExit &exit) {
        m_exit = exit;
        for (const PendingReply<QemuExit> &reply : std::as_const(m_waiting))
            reply.deliver(exit);
        Q_EMIT ended();
    });
}

Machine::~Machine() { disconnect(&m_process, nullptr, this, nullptr); }

Async<QemuExit> Machine::waitForExit(std::chrono::milliseconds limit)
{
    const PendingReply<QemuExit> reply(limit,
                                       Error{ErrorCode::Timeout, QStringLiteral("QEMU still runs"), {}});
    if (m_exit)
        reply.deliver(*m_exit);
    else
        m_waiting.append(reply);
    const Result<QemuExit> exit = co_await reply;
    co_return exit;
}

Result<void> Machine::launch(const QString &qemu, const MachinePlan &plan, Descriptor frames,
                             const QString &consoleLog)
{
    Result<SocketPair> agent = SocketPair::create();
    BOXGATE_TRY(agent);
    Result<SocketPair> monitor = SocketPair::create();
    BOXGATE_TRY(monitor);
    QemuProcess::Launch launch;
    launch.program = qemu;
    launch.arguments = qemuArguments(plan);
    launch.consoleLog = consoleLog;
    launch.descriptors.push_back({std::move(agent->theirs), machinedescriptor::Agent});
    launch.descriptors.push_back({std::move(monitor->theirs), machinedescriptor::Qmp});
    if (plan.network)
        launch.descriptors.push_back({std::move(frames), machinedescriptor::Network});
    m_channel = std::make_unique<GuestChannel>(std::move(agent->ours));
    m_monitor = std::make_unique<QmpClient>(std::move(monitor->ours));
    return m_process.start(std::move(launch));
}

} // namespace boxgate
