#include "core/model/boxspec.h"

#include "core/base/jsonreader.h"
#include "core/model/boxname.h"

#include <QJsonArray>

namespace boxgate {

namespace {

Result<void> checkEnvironment(const QStringList &environment)
{
    for (const QString &entry : environment) {
        if (entry.indexOf(u'=') < 1 || entry.contains(QChar::Null)) {
            return fail(
                ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not an environment variable: write NAME=VALUE").arg(entry.left(80)));
        }
    }
    return {};
}

} // namespace

Result<void> BoxSpec::check(Bytes hostMemory, int hostCpus) const
{
    const Result<QString> checkedName = checkBoxName(name);
    BOXGATE_TRY(checkedName);
    if (cpus < 1 || cpus > hostCpus) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 CPUs cannot be given to a box: this host allows 1 to %2")
                        .arg(cpus)
                        .arg(hostCpus));
    }
    if (memory < MinMemory || memory > hostMemory) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 of memory cannot be given to a box: this host allows %2 to %3")
                        .arg(memory.toDisplay(), MinMemory.toDisplay(), hostMemory.toDisplay()));
    }
    if (disk < MinDisk || disk > MaxDisk) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("A disk of %1 cannot be made: choose %2 to %3")
                        .arg(disk.toDisplay(), MinDisk.toDisplay(), MaxDisk.toDisplay()));
    }
    if (isIdle && (!command.isEmpty() || entrypoint))
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("An idle box has no main command: leave out --idle, or the command"));
    const Result<void> readable = checkEnvironment(environment);
    BOXGATE_TRY(readable);
    return network.check();
}

QJsonObject BoxSpec::toJson() const
{
    QJsonArray mounted;
    for (const Mount &mount : mounts)
        mounted.append(mount.toJson());
    return {{QStringLiteral("name"), name},
            {QStringLiteral("image"), image.toString()},
            {QStringLiteral("cpus"), cpus},
            {QStringLiteral("memory_bytes"), qint64(memory.count())},
            {QStringLiteral("disk_bytes"), qint64(disk.count())},
            {QStringLiteral("environment"), QJsonArray::fromStringList(environment)},
            {QStringLiteral("user"), user},
            {QStringLiteral("working_directory"), workingDirectory},
            {QStringLiteral("command"), QJsonArray::fromStringList(command)},
            {QStringLiteral("entrypoint"),
             entrypoint ? QJsonValue(QJsonArray::fromStringList(*entrypoint)) : QJsonValue(QJsonValue::Null)},
            {QStringLiteral("idle"), isIdle},
            {QStringLiteral("tty"), tty},
            {QStringLiteral("interactive"), interactive},
            {QStringLiteral("auto_remove"), autoRemove},
            {QStringLiteral("mounts"), mounted},
            {QStringLiteral("network"), network.toJson()}};
}

Result<BoxSpec> BoxSpec::fromJson(const QJsonObject &object)
{
    constexpr qint64 exact = 1LL << 53;
    JsonReader reader(object);
    BoxSpec spec;
    spec.name = reader.requiredString(QStringLiteral("name"));
    const QString image = reader.requiredString(QStringLiteral("image"));
    spec.cpus = int(reader.integer(QStringLiteral("cpus"), 1, 4096).value_or(spec.cpus));
    spec.memory = Bytes(quint64(
        reader.integer(QStringLiteral("memory_bytes"), 0, exact).value_or(qint64(spec.memory.count()))));
    spec.disk = Bytes(
        quint64(reader.integer(QStringLiteral("disk_bytes"), 0, exact).value_or(qint64(spec.disk.count()))));
    spec.environment = reader.strings(QStringLiteral("environment")).value_or(QStringList());
    spec.user = reader.string(QStringLiteral("user")).value_or(QString());
    spec.workingDirectory = reader.string(QStringLiteral("working_directory")).value_or(QString());
    spec.command = reader.strings(QStringLiteral("command")).value_or(QStringList());
    spec.entrypoint = reader.strings(QStringLiteral("entrypoint"));
    spec.isIdle = reader.boolean(QStringLiteral("idle")).value_or(false);
    spec.tty = reader.boolean(QStringLiteral("tty")).value_or(false);
    spec.interactive = reader.boolean(QStringLiteral("interactive")).value_or(false);
    spec.autoRemove = reader.boolean(QStringLiteral("auto_remove")).value_or(false);
    const QJsonArray mounted = reader.array(QStringLiteral("mounts")).value_or(QJsonArray());
    for (const QJsonValue &value : mounted) {
        const Result<Mount> mount = Mount::fromJson(value.toObject());
        BOXGATE_TRY(mount);
        spec.mounts.append(*mount);
    }
    if (const auto network = reader.object(QStringLiteral("network"))) {
        const Result<NetworkSpec> parsed = NetworkSpec::fromJson(*network);
        BOXGATE_TRY(parsed);
        spec.network = *parsed;
    }
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<ImageRef> ref = ImageRef::parse(image);
    BOXGATE_TRY(ref);
    spec.image = *ref;
    return spec;
}

} // namespace boxgate
