#include "qml/models/boxtext.h"

namespace boxgate::ui {

namespace {

QString stageText(StartStage stage)
{
    switch (stage) {
    case StartStage::Preparing:
        return QStringLiteral("preparing");
    case StartStage::Booting:
        return QStringLiteral("booting");
    case StartStage::Configuring:
        return QStringLiteral("configuring");
    case StartStage::Ready:
        break;
    }
    return QStringLiteral("almost ready");
}

} // namespace

QString stateText(const BoxSummary &box)
{
    switch (box.state) {
    case BoxState::Created:
        return QStringLiteral("Created");
    case BoxState::Starting:
        // Until its runner has answered nobody knows more than that there is one.
        return box.runnerPid == 0 ? QStringLiteral("Connecting")
                                  : QStringLiteral("Starting: %1").arg(stageText(box.stage));
    case BoxState::Running:
        return QStringLiteral("Running");
    case BoxState::Stopping:
        return QStringLiteral("Stopping");
    case BoxState::Stopped:
        return QStringLiteral("Stopped");
    case BoxState::Failed:
        break;
    }
    return QStringLiteral("Failed");
}

QString durationText(std::chrono::seconds duration)
{
    const qint64 minutes = duration.count() / 60;
    if (minutes < 1)
        return QStringLiteral("just now");
    if (minutes < 60)
        return QStringLiteral("%1 min").arg(minutes);
    const qint64 hours = minutes / 60;
    if (hours < 24)
        return minutes % 60 == 0 ? QStringLiteral("%1 h").arg(hours)
                                 : QStringLiteral("%1 h %2 min").arg(hours).arg(minutes % 60);
    return hours % 24 == 0 ? QStringLiteral("%1 d").arg(hours / 24)
                           : QStringLiteral("%1 d %2 h").arg(hours / 24).arg(hours % 24);
}

QString uptimeText(const BoxSummary &box, const QDateTime &now)
{
    if (!box.hasRunner() || !box.startedAt.isValid())
        return {};
    return durationText(std::chrono::seconds(std::max<qint64>(0, box.startedAt.secsTo(now))));
}

QString networkText(const BoxSummary &box)
{
    const NetworkSpec &network = box.spec.network;
    if (box.networkWaitsForRestart())
        return QStringLiteral("Off until restart");
    switch (network.mode) {
    case NetworkMode::Open:
        return QStringLiteral("Open");
    case NetworkMode::Allowlist:
        return QStringLiteral("Allow list %1").arg(network.allowNet.size());
    case NetworkMode::Off:
        break;
    }
    return QStringLiteral("Off");
}

QString memoryText(const BoxSummary &box)
{
    if (box.state != BoxState::Running || box.usage.memoryTotal == 0)
        return box.spec.memory.toDisplay();
    return QStringLiteral("%1 of %2")
        .arg(Bytes(box.usage.memoryUsed).toDisplay(), Bytes(box.usage.memoryTotal).toDisplay());
}

QString failureTitle(const ExitRecord &record)
{
    if (record.kind == ExitRecord::Kind::StartFailed)
        return QStringLiteral("Failed while %1").arg(stageText(record.stage));
    return record.isFailure() ? QStringLiteral("Ended unexpectedly") : QString();
}

QString lastExitText(const std::optional<ExitRecord> &record, const QDateTime &now)
{
    if (!record)
        return {};
    QString what = QStringLiteral("Exit code %1").arg(record->exitCode);
    if (record->isFailure())
        what = failureTitle(*record);
    else if (record->kind == ExitRecord::Kind::Requested)
        what = QStringLiteral("Stopped as asked");
    else if (record->kind == ExitRecord::Kind::GuestPowerOff)
        what = QStringLiteral("Powered off from inside");
    if (!record->endedAt.isValid())
        return what;
    const auto passed = std::chrono::seconds(std::max<qint64>(0, record->endedAt.secsTo(now)));
    const QString ago = durationText(passed);
    return passed < std::chrono::minutes(1) ? QStringLiteral("%1, %2").arg(what, ago)
                                            : QStringLiteral("%1, %2 ago").arg(what, ago);
}

bool exposesLoopbackNow(const BoxSummary &box) { return box.exposesLoopback() && box.hasRunner(); }

} // namespace boxgate::ui
