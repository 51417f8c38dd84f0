#include "core/model/exitrecord.h"

#include "core/base/jsonreader.h"

#include <array>

namespace boxgate {

namespace {

constexpr std::array KindNames{"main-command", "requested", "guest-power-off", "crashed", "start-failed"};
constexpr std::array Stages{StartStage::Preparing, StartStage::Booting, StartStage::Configuring,
                            StartStage::Ready};

} // namespace

ExitRecord ExitRecord::unfinished(const QDateTime &startedAt)
{
    ExitRecord record;
    record.kind = Kind::Crashed;
    record.exitCode = 255;
    record.message = QStringLiteral("The box's runner was killed or the host went down");
    record.startedAt = startedAt;
    return record;
}

QJsonObject ExitRecord::toJson() const
{
    return {{QStringLiteral("kind"), QString::fromLatin1(KindNames[std::size_t(kind)])},
            {QStringLiteral("exit_code"), exitCode},
            {QStringLiteral("stage"), toString(stage)},
            {QStringLiteral("message"), message},
            {QStringLiteral("console_tail"), consoleTail},
            {QStringLiteral("started_at"), startedAt.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("ended_at"), endedAt.toUTC().toString(Qt::ISODateWithMs)}};
}

Result<ExitRecord> ExitRecord::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("last_exit"));
    ExitRecord record;
    const QString kind = reader.requiredString(QStringLiteral("kind"));
    bool known = false;
    for (std::size_t i = 0; i < KindNames.size(); ++i) {
        if (kind == QLatin1String(KindNames[i])) {
            record.kind = Kind(i);
            known = true;
        }
    }
    if (!known)
        reader.reject(QStringLiteral("kind"), QStringLiteral("is not known"));
    record.exitCode = int(reader.integer(QStringLiteral("exit_code"), 0, 255).value_or(0));
    const QString stage = reader.string(QStringLiteral("stage")).value_or(QString());
    for (const StartStage candidate : Stages) {
        if (stage == toString(candidate))
            record.stage = candidate;
    }
    record.message = reader.string(QStringLiteral("message")).value_or(QString());
    record.consoleTail = reader.string(QStringLiteral("console_tail")).value_or(QString());
    record.startedAt = QDateTime::fromString(reader.string(QStringLiteral("started_at")).value_or(QString()),
                                             Qt::ISODateWithMs);
    record.endedAt = QDateTime::fromString(reader.string(QStringLiteral("ended_at")).value_or(QString()),
                                           Qt::ISODateWithMs);
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return record;
}

} // namespace boxgate
