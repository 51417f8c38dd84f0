#include "app/cli/boxjson.h"

#include <QJsonArray>

namespace boxgate::cli {

namespace {

QJsonValue timeOrNull(const QDateTime &time)
{
    return time.isValid() ? QJsonValue(time.toUTC().toString(Qt::ISODateWithMs))
                          : QJsonValue(QJsonValue::Null);
}

QJsonValue textOrNull(const QString &text)
{
    return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
}

} // namespace

QJsonObject toJson(const BoxSummary &box)
{
    QJsonObject object = box.spec.toJson();
    const bool hasRunner = box.hasRunner();
    const QJsonValue null(QJsonValue::Null);
    object.insert(QStringLiteral("id"), box.id.toString());
    object.insert(QStringLiteral("state"), toString(box.state));
    object.insert(QStringLiteral("stage"),
                  box.state == BoxState::Starting ? QJsonValue(toString(box.stage)) : null);
    object.insert(QStringLiteral("created_at"), timeOrNull(box.createdAt));
    object.insert(QStringLiteral("started_at"), timeOrNull(box.startedAt));
    object.insert(QStringLiteral("runner_pid"), box.runnerPid > 0 ? QJsonValue(box.runnerPid) : null);
    object.insert(QStringLiteral("accelerator"), textOrNull(box.accelerator));
    object.insert(QStringLiteral("exposes_host_loopback"), box.exposesLoopback());
    object.insert(QStringLiteral("network_waits_for_restart"), box.networkWaitsForRestart());
    QJsonArray ports;
    for (const PortMapping &port : box.ports)
        ports.append(port.toJson());
    object.insert(QStringLiteral("open_ports"), hasRunner ? QJsonValue(ports) : null);
    object.insert(QStringLiteral("counters"), hasRunner ? QJsonValue(box.counters.toJson()) : null);
    object.insert(QStringLiteral("usage"), hasRunner ? QJsonValue(box.usage.toJson()) : null);
    object.insert(QStringLiteral("problem"), textOrNull(box.problem));
    object.insert(QStringLiteral("last_exit"), box.lastExit ? QJsonValue(box.lastExit->toJson()) : null);
    return object;
}

QJsonObject toJson(const HostSummary &host)
{
    return {{QStringLiteral("version"), host.version},
            {QStringLiteral("accelerator"), textOrNull(host.accelerator)},
            {QStringLiteral("accelerator_reason"), host.acceleratorReason},
            {QStringLiteral("qemu_version"), textOrNull(host.qemuVersion)},
            {QStringLiteral("qemu_path"), textOrNull(host.qemuPath)},
            {QStringLiteral("kernel_path"), textOrNull(host.kernelPath)},
            {QStringLiteral("cpus"), host.cpus},
            {QStringLiteral("memory_bytes"), qint64(host.memory.count())},
            {QStringLiteral("disk_free_bytes"), qint64(host.diskFree.count())},
            {QStringLiteral("home"), host.home},
            {QStringLiteral("problems"), QJsonArray::fromStringList(host.problems)}};
}

} // namespace boxgate::cli
