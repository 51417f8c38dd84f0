#include "core/machine/qemubinary.h"

#include "core/machine/program.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSaveFile>
#include <QStandardPaths>

namespace boxgate {

namespace {

constexpr std::chrono::milliseconds VersionLimit{10'000};
constexpr qint64 MaxCacheBytes = 4096;

QString packageOf(Architecture architecture)
{
    return architecture == Architecture::Arm64 ? QStringLiteral("qemu-system-arm")
                                               : QStringLiteral("qemu-system-x86");
}

QString nextStep(Architecture architecture)
{
    return QStringLiteral("install it with 'sudo apt install %1', or name another with BOXGATE_QEMU")
        .arg(packageOf(architecture));
}

/// Where the version of this very file is looked up and kept.
struct VersionCache
{
    QString path;
    QJsonObject key;

    VersionCache(const Paths &paths, const QFileInfo &binary)
        : path(paths.cacheDirectory() + QStringLiteral("/qemu-version.json"))
        , key{{QStringLiteral("path"), binary.filePath()},
              {QStringLiteral("bytes"), binary.size()},
              {QStringLiteral("modified"), binary.lastModified().toMSecsSinceEpoch()}}
    { }

    QVersionNumber load() const
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return {};
        QJsonObject stored = QJsonDocument::fromJson(file.read(MaxCacheBytes)).object();
        const QString version = stored.take(QStringLiteral("version")).toString();
        return stored == key ? QVersionNumber::fromString(version) : QVersionNumber();
    }

    void store(const QVersionNumber &version) const
    {
        QJsonObject stored = key;
        stored.insert(QStringLiteral("version"), version.toString());
        QSaveFile file(path);
        // Without the cache the next start asks again: nothing to report.
        if (file.open(QIODevice::WriteOnly)) {
            file.write(QJsonDocument(stored).toJson());
            file.commit();
        }
    }
};

Result<QString> locate(Architecture architecture)
{
    const QString demanded = QFile::decodeName(qgetenv("BOXGATE_QEMU"));
    if (!demanded.isEmpty()) {
        const QFileInfo file(demanded);
        if (file.isFile() && file.isExecutable())
            return file.absoluteFilePath();
        return fail(ErrorCode::NotFound, QStringLiteral("BOXGATE_QEMU=%1 is no program").arg(demanded));
    }
    const QString name = architecture == Architecture::Arm64 ? QStringLiteral("qemu-system-aarch64")
                                                             : QStringLiteral("qemu-system-x86_64");
    const QString found = QStandardPaths::findExecutable(name);
    if (found.isEmpty()) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("QEMU (%1) was not found: %2").arg(name, nextStep(architecture)));
    }
    return found;
}

Result<QemuBinary> checked(const QString &path, const QVersionNumber &version, Architecture architecture)
{
    if (version >= QemuBinary::minimum())
        return QemuBinary{path, version};
    return fail(ErrorCode::Unavailable,
                QStringLiteral("QEMU at %1 is version %2, and boxes need %3 or later: %4")
                    .arg(path, version.toString(), QemuBinary::minimum().toString(), nextStep(architecture)));
}

} // namespace

QVersionNumber parseQemuVersion(const QByteArray &output)
{
    static const QRegularExpression pattern(
        QStringLiteral("^QEMU emulator version (\\d+\\.\\d+(?:\\.\\d+)?)"));
    return QVersionNumber::fromString(pattern.match(QString::fromLatin1(output.left(200))).captured(1));
}

Async<QemuBinary> findQemu(Paths paths, Architecture architecture)
{
    const Result<QString> path = locate(architecture);
    BOXGATE_CO_TRY(path);
    const VersionCache cache(paths, QFileInfo(*path));
    const QVersionNumber cached = cache.load();
    if (!cached.isNull())
        co_return checked(*path, cached, architecture);

    const QStringList arguments{QStringLiteral("--version")};
    const Result<ProgramOutput> answer = co_await runProgram(*path, arguments, VersionLimit);
    BOXGATE_CO_TRY(answer);
    const QVersionNumber version = parseQemuVersion(answer->output);
    if (version.isNull()) {
        co_return fail(
            ErrorCode::Unavailable,
            QStringLiteral("%1 does not answer as QEMU does: %2").arg(*path, nextStep(architecture)),
            QString::fromLocal8Bit(answer->output + answer->errors));
    }
    cache.store(version);
    co_return checked(*path, version, architecture);
}

} // namespace boxgate
