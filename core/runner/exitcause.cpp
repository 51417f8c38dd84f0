#include "core/runner/exitcause.h"

namespace boxgate {

namespace {

constexpr int KilledStatus = 128 + 9;
constexpr int FailureStatus = 125;
constexpr qsizetype MaxTail = 4096;

/// The kernel's own words; a guest that forges them only calls itself crashed.
bool hasPanicked(const QString &console)
{
    return console.contains(QLatin1String("Kernel panic - not syncing"));
}

QString panicReason(const QString &console)
{
    const qsizetype at = console.lastIndexOf(QLatin1String("Kernel panic - not syncing"));
    const QString line = console.mid(at).section(u'\n', 0, 0);
    const QString reason = line.section(QLatin1String("not syncing: "), 1).left(200).trimmed();
    return reason.isEmpty() ? QStringLiteral("no reason is given") : reason;
}

void crashed(ExitRecord &record, const QString &message)
{
    record.kind = ExitRecord::Kind::Crashed;
    record.exitCode = FailureStatus;
    record.message = message;
}

void concludeUnasked(ExitRecord &record, const RunEnd &end)
{
    if (hasPanicked(end.consoleTail)) {
        crashed(record, QStringLiteral("The guest's kernel panicked: %1").arg(panicReason(end.consoleTail)));
    } else if (end.channelError && end.channelError->code == ErrorCode::Protocol) {
        crashed(record, QStringLiteral("The guest's agent broke its protocol: the box was ended"));
    } else if (end.qemu && end.qemu->signal != 0) {
        crashed(record, QStringLiteral("QEMU was ended by signal %1").arg(end.qemu->signal));
    } else if (end.qemu && end.qemu->code != 0) {
        const QString words =
            end.qemu->message.isEmpty() ? QStringLiteral("it said nothing") : end.qemu->message;
        crashed(record, QStringLiteral("QEMU failed: %1").arg(words.left(300)));
    } else {
        record.kind = ExitRecord::Kind::GuestPowerOff;
        record.exitCode = end.mainStatus.value_or(0);
        record.message = QStringLiteral("The guest powered itself off");
    }
}

} // namespace

QString printableTail(const QByteArray &console)
{
    QString text = QString::fromUtf8(console.right(MaxTail)).remove(u'\r');
    text.removeIf([](QChar c) { return c != u'\n' && c != u'\t' && !c.isPrint(); });
    return text.trimmed();
}

ExitRecord concludeRun(const RunEnd &end)
{
    ExitRecord record;
    if (end.startFailure) {
        record.kind = ExitRecord::Kind::StartFailed;
        record.exitCode = FailureStatus;
        record.stage = end.startFailure->stage;
        record.message = end.startFailure->error.message;
    } else if (end.mainEndedFirst) {
        record.kind = ExitRecord::Kind::MainCommand;
        record.exitCode = end.mainStatus.value_or(0);
        record.message = end.mainFailure;
    } else if (end.stopRequested) {
        record.kind = ExitRecord::Kind::Requested;
        const bool killed = end.qemu && end.qemu->signal == 9;
        record.exitCode = end.mainStatus.value_or(killed ? KilledStatus : 0);
    } else {
        concludeUnasked(record, end);
    }
    if (record.isFailure())
        record.consoleTail = end.consoleTail;
    return record;
}

} // namespace boxgate
