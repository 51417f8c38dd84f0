#include "app/cli/boxspecoptions.h"

#include <QDir>

namespace boxgate::cli {

namespace {

template <typename T> Result<T> inOption(const char *option, Result<T> read)
{
    if (!read)
        return fail(read.error().in(QStringLiteral("--%1").arg(QLatin1String(option))));
    return read;
}

Result<int> readCpus(const QString &text)
{
    bool isNumber = false;
    const int cpus = text.toInt(&isNumber);
    if (!isNumber || cpus < 1)
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--cpus: '%1' is not a number of processors").arg(text.left(40)));
    return cpus;
}

/// `-v data:/data` means the folder below the present one.
QString withAbsoluteFolder(const QString &volume)
{
    const qsizetype colon = volume.indexOf(u':');
    if (colon <= 0 || volume.startsWith(u'/'))
        return volume;
    return QDir::cleanPath(QDir::current().absoluteFilePath(volume.left(colon))) + volume.mid(colon);
}

} // namespace

Result<QStringList> readEnvironment(const QStringList &given)
{
    QStringList environment;
    for (const QString &entry : given) {
        const qsizetype equals = entry.indexOf(u'=');
        if (entry.isEmpty() || equals == 0) {
            return fail(ErrorCode::InvalidArgument,
                        QStringLiteral("--env: '%1' is not an environment variable: write NAME=VALUE or NAME")
                            .arg(entry.left(80)));
        }
        const QByteArray name = entry.toLocal8Bit();
        if (equals > 0)
            environment.append(entry);
        else if (qEnvironmentVariableIsSet(name.constData()))
            environment.append(entry + QLatin1Char('=') + QString::fromLocal8Bit(qgetenv(name.constData())));
    }
    return environment;
}

Result<BoxSpec> readBoxSpec(const Arguments &arguments)
{
    BoxSpec spec;
    const Result<ImageRef> image = ImageRef::parse(arguments.word("IMAGE"));
    BOXGATE_TRY(image);
    spec.image = *image;
    spec.name = arguments.value("name");
    spec.command = arguments.words("COMMAND");
    if (arguments.has("entrypoint")) {
        const QString program = arguments.value("entrypoint");
        spec.entrypoint = program.isEmpty() ? QStringList() : QStringList(program);
    }
    spec.isIdle = arguments.has("idle");
    spec.autoRemove = arguments.has("rm");
    spec.interactive = arguments.has("interactive");
    spec.tty = arguments.has("tty");
    spec.user = arguments.value("user");
    spec.workingDirectory = arguments.value("workdir");
    if (arguments.has("name") && spec.name.isEmpty())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--name needs a name: leave it out to get one made up"));
    if (arguments.has("cpus")) {
        const Result<int> cpus = readCpus(arguments.value("cpus"));
        BOXGATE_TRY(cpus);
        spec.cpus = *cpus;
    }
    if (arguments.has("memory")) {
        const Result<Bytes> memory =
            inOption("memory", Bytes::parse(arguments.value("memory"), Bytes::fromMebi(1)));
        BOXGATE_TRY(memory);
        spec.memory = *memory;
    }
    if (arguments.has("disk")) {
        const Result<Bytes> disk =
            inOption("disk", Bytes::parse(arguments.value("disk"), Bytes::fromGibi(1)));
        BOXGATE_TRY(disk);
        spec.disk = *disk;
    }
    const Result<QStringList> environment = readEnvironment(arguments.values("env"));
    BOXGATE_TRY(environment);
    spec.environment = *environment;
    for (const QString &volume : arguments.values("volume")) {
        const Result<Mount> mount = inOption("volume", Mount::parse(withAbsoluteFolder(volume)));
        BOXGATE_TRY(mount);
        spec.mounts.append(*mount);
    }
    const Result<NetworkSpec> network = readNetworkOptions(arguments);
    BOXGATE_TRY(network);
    spec.network = *network;
    return spec;
}

} // namespace boxgate::cli
