#include "core/machine/accelerator.h"

#include "core/base/filelock.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLoggingCategory>
#include <QSaveFile>

#include <algorithm>
#include <array>

namespace boxgate {

Q_LOGGING_CATEGORY(logAccelerator, "boxgate.machine.accelerator")

namespace {

struct AcceleratorName
{
    Accelerator accelerator;
    const char *name;
};

constexpr std::array AcceleratorNames{
    AcceleratorName{Accelerator::Kvm, "kvm"},
    AcceleratorName{Accelerator::Hvf, "hvf"},
    AcceleratorName{Accelerator::Whpx, "whpx"},
    AcceleratorName{Accelerator::Tcg, "tcg"},
};

/// Under tcg, several times slower, the agent came within 3.3 s on a host with a load of 10 on 2 processors;
/// a guest that hangs under a broken kvm never comes. This is what the first start pays for it.
constexpr std::chrono::milliseconds TrialLimit{6'000};
/// Many contexts at most: kernels of the host and of the guest come and go.
constexpr qsizetype MaxExperiences = 32;
constexpr qint64 MaxMemoryBytes = 64 * 1024;
constexpr qsizetype MaxWhyCharacters = 300;

const AcceleratorExperience *find(const QList<AcceleratorExperience> &experiences, Accelerator accelerator)
{
    const auto found = std::find_if(
        experiences.begin(), experiences.end(),
        [accelerator](const AcceleratorExperience &entry) { return entry.accelerator == accelerator; });
    return found == experiences.end() ? nullptr : &*found;
}

Result<AcceleratorChoice> demandedChoice(const QList<AcceleratorCandidate> &candidates,
                                         const QString &demanded)
{
    const std::optional<Accelerator> accelerator = acceleratorFromString(demanded);
    if (!accelerator) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("BOXGATE_ACCEL=%1 is no accelerator: use kvm, hvf, whpx or tcg").arg(demanded));
    }
    const auto candidate =
        std::find_if(candidates.begin(), candidates.end(),
                     [&](const AcceleratorCandidate &entry) { return entry.accelerator == *accelerator; });
    if (candidate == candidates.end() || !candidate->present) {
        const QString why =
            candidate == candidates.end() ? QStringLiteral("this system has none") : candidate->obstacle;
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("BOXGATE_ACCEL=%1 cannot be used: %2").arg(demanded, why));
    }
    AcceleratorChoice choice;
    choice.accelerator = *accelerator;
    choice.reason = QStringLiteral("BOXGATE_ACCEL demands %1").arg(demanded);
    return choice;
}

QJsonObject toJson(const AcceleratorContext &context, const AcceleratorExperience &experience)
{
    return QJsonObject{
        {QStringLiteral("hostKernel"), context.hostKernel},
        {QStringLiteral("qemuVersion"), context.qemuVersion},
        {QStringLiteral("kernelIdentity"), context.kernelIdentity},
        {QStringLiteral("accelerator"), toString(experience.accelerator)},
        {QStringLiteral("works"), experience.outcome == AcceleratorExperience::Outcome::Works},
        {QStringLiteral("when"), experience.when.toUTC().toString(Qt::ISODate)},
        {QStringLiteral("why"), experience.why.left(MaxWhyCharacters)},
    };
}

AcceleratorContext contextOf(const QJsonObject &entry)
{
    return {entry.value(QLatin1String("hostKernel")).toString(),
            entry.value(QLatin1String("qemuVersion")).toString(),
            entry.value(QLatin1String("kernelIdentity")).toString()};
}

std::optional<AcceleratorExperience> experienceOf(const QJsonObject &entry)
{
    const std::optional<Accelerator> accelerator =
        acceleratorFromString(entry.value(QLatin1String("accelerator")).toString());
    const QJsonValue works = entry.value(QLatin1String("works"));
    if (!accelerator || !works.isBool())
        return std::nullopt;
    AcceleratorExperience experience;
    experience.accelerator = *accelerator;
    experience.outcome =
        works.toBool() ? AcceleratorExperience::Outcome::Works : AcceleratorExperience::Outcome::Failed;
    experience.when = QDateTime::fromString(entry.value(QLatin1String("when")).toString(), Qt::ISODate);
    experience.why = entry.value(QLatin1String("why")).toString().left(MaxWhyCharacters);
    return experience;
}

QJsonArray readEntries(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(file.read(MaxMemoryBytes), &problem);
    if (problem.error != QJsonParseError::NoError)
        qCWarning(logAccelerator).noquote()
            << path << "is damaged and counts as empty:" << problem.errorString();
    return document.object().value(QLatin1String("experiences")).toArray();
}

} // namespace

QString toString(Accelerator accelerator)
{
    for (const AcceleratorName &entry : AcceleratorNames) {
        if (entry.accelerator == accelerator)
            return QString::fromLatin1(entry.name);
    }
    return QStringLiteral("tcg");
}

std::optional<Accelerator> acceleratorFromString(const QString &text)
{
    for (const AcceleratorName &entry : AcceleratorNames) {
        if (text == QLatin1String(entry.name))
            return entry.accelerator;
    }
    return std::nullopt;
}

Result<AcceleratorChoice> chooseAccelerator(const QList<AcceleratorCandidate> &candidates,
                                            const QList<AcceleratorExperience> &experiences,
                                            const QString &demanded)
{
    if (!demanded.isEmpty())
        return demandedChoice(candidates, demanded);
    QStringList obstacles;
    for (const AcceleratorCandidate &candidate : candidates) {
        const QString name = toString(candidate.accelerator);
        const AcceleratorExperience *const experience = find(experiences, candidate.accelerator);
        if (!candidate.present) {
            obstacles += candidate.obstacle;
            continue;
        }
        AcceleratorChoice choice;
        choice.accelerator = candidate.accelerator;
        if (candidate.accelerator == Accelerator::Tcg) {
            choice.reason =
                QStringLiteral("Boxes are slow: they run under tcg, because %1")
                    .arg(obstacles.isEmpty() ? QStringLiteral("this system offers no other accelerator")
                                             : obstacles.join(QStringLiteral(" and ")));
            return choice;
        }
        if (experience && experience->outcome == AcceleratorExperience::Outcome::Failed) {
            obstacles += QStringLiteral("%1 failed on %2 (%3; BOXGATE_ACCEL=%1 tries it again)")
                             .arg(name, experience->when.date().toString(Qt::ISODate), experience->why);
            continue;
        }
        choice.onTrial = !experience;
        choice.reason = experience ? QStringLiteral("%1 works on this host").arg(name)
                                   : QStringLiteral("%1 is here and has not been tried yet").arg(name);
        if (choice.onTrial)
            choice.helloLimit = TrialLimit;
        return choice;
    }
    return fail(ErrorCode::Unavailable,
                QStringLiteral("No accelerator can be used: %1").arg(obstacles.join(QStringLiteral(", "))));
}

AcceleratorMemory::AcceleratorMemory(const QString &path)
    : m_path(path)
{ }

QList<AcceleratorExperience> AcceleratorMemory::experiences(const AcceleratorContext &context) const
{
    QList<AcceleratorExperience> known;
    const QJsonArray entries = readEntries(m_path);
    for (const QJsonValue &value : entries) {
        const QJsonObject entry = value.toObject();
        const std::optional<AcceleratorExperience> experience = experienceOf(entry);
        if (experience && contextOf(entry) == context)
            known += *experience;
    }
    return known;
}

Result<void> AcceleratorMemory::remember(const AcceleratorContext &context,
                                         const AcceleratorExperience &experience) const
{
    const Result<FileLock> lock = FileLock::acquire(m_path + QStringLiteral(".lock"));
    BOXGATE_TRY(lock);
    QJsonArray entries = readEntries(m_path);
    for (qsizetype i = entries.size() - 1; i >= 0; --i) {
        const QJsonObject entry = entries.at(i).toObject();
        const std::optional<AcceleratorExperience> known = experienceOf(entry);
        if (!known) {
            entries.removeAt(i);
        } else if (contextOf(entry) == context && known->accelerator == experience.accelerator) {
            if (known->outcome == experience.outcome)
                return {};
            entries.removeAt(i);
        }
    }
    entries.append(toJson(context, experience));
    while (entries.size() > MaxExperiences)
        entries.removeFirst();

    const QJsonObject document{{QStringLiteral("version"), 1}, {QStringLiteral("experiences"), entries}};
    QSaveFile file(m_path);
    const bool written =
        file.open(QIODevice::WriteOnly) && file.write(QJsonDocument(document).toJson()) > 0 && file.commit();
    if (!written)
        return fail(ErrorCode::Io, QStringLiteral("Cannot write %1: %2").arg(m_path, file.errorString()));
    return {};
}

Result<void> AcceleratorMemory::forget() const
{
    QFile file(m_path);
    if (file.exists() && !file.remove())
        return fail(ErrorCode::Io, QStringLiteral("Cannot remove %1: %2").arg(m_path, file.errorString()));
    return {};
}

} // namespace boxgate
