#include "core/runner/guestsetup.h"

#include "core/machine/machineplan.h"

namespace boxgate {

namespace {

// The address plan, the same in every box: net/addressplan.h.
constexpr guest::Ipv4Octets GuestAddress{192, 168, 127, 2};
constexpr guest::Ipv4Octets GatewayAddress{192, 168, 127, 1};
constexpr quint8 PrefixLength = 24;

std::vector<std::string> toStrings(const QStringList &texts)
{
    std::vector<std::string> strings;
    for (const QString &text : texts)
        strings.push_back(text.toStdString());
    return strings;
}

QString keyOf(const QString &entry) { return entry.section(u'=', 0, 0); }

} // namespace

QStringList mergeEnvironment(QStringList base, const QStringList &overlay)
{
    for (const QString &entry : overlay) {
        const QString key = keyOf(entry);
        const auto same =
            std::find_if(base.begin(), base.end(), [&](const QString &old) { return keyOf(old) == key; });
        if (same != base.end())
            *same = entry;
        else
            base.append(entry);
    }
    return base;
}

CommandDefaults CommandDefaults::of(const ImageConfig &image, const BoxSpec &spec)
{
    CommandDefaults defaults;
    defaults.environment = mergeEnvironment(mergeEnvironment({}, image.environment), spec.environment);
    defaults.user = spec.user.isEmpty() ? image.user : spec.user;
    defaults.workingDirectory =
        spec.workingDirectory.isEmpty() ? image.workingDirectory : spec.workingDirectory;
    return defaults;
}

guest::Configure guestConfiguration(const BoxSpec &spec, bool hasInterface, std::chrono::nanoseconds unixTime,
                                    const QByteArray &seed)
{
    guest::Configure configure;
    configure.hostname = spec.name.toStdString();
    configure.network.enabled = hasInterface;
    if (hasInterface) {
        configure.network.address = GuestAddress;
        configure.network.prefixLength = PrefixLength;
        configure.network.gateway = GatewayAddress;
        configure.network.nameServer = GatewayAddress;
        configure.network.searchDomains = toStrings(spec.network.searchDomains);
        configure.network.mtu = quint16(spec.network.mtu);
    }
    configure.rootDevice = RootDevice;
    configure.growRoot = true;
    configure.unixTime = unixTime;
    for (int i = 0; i < spec.mounts.size(); ++i) {
        const Mount &mount = spec.mounts.at(i);
        configure.mounts.push_back(
            {volumeTag(i).toStdString(), mount.guestPath.toStdString(), mount.readOnly});
    }
    configure.seed.assign(seed.begin(), seed.end());
    return configure;
}

guest::Exec execMessage(const ExecParams &params, const CommandDefaults &defaults)
{
    guest::Exec exec;
    exec.argv = toStrings(params.command);
    exec.env = toStrings(mergeEnvironment(defaults.environment, params.environment));
    exec.workingDirectory =
        (params.workingDirectory.isEmpty() ? defaults.workingDirectory : params.workingDirectory)
            .toStdString();
    exec.user = (params.user.isEmpty() ? defaults.user : params.user).toStdString();
    exec.tty = params.tty;
    exec.wantsStdin = params.wantsStdin;
    exec.rows = params.rows;
    exec.columns = params.columns;
    exec.timeout = params.timeout;
    return exec;
}

guest::Copy copyMessage(const CopyParams &params)
{
    guest::Copy copy;
    copy.direction = params.direction == CopyParams::Direction::In ? guest::Copy::Direction::In
                                                                   : guest::Copy::Direction::Out;
    copy.path = params.path.toStdString();
    copy.name = params.name.toStdString();
    copy.followLink = params.followLink;
    copy.keepOwners = params.keepOwners;
    return copy;
}

Error execError(const guest::ExecFailed &failure, const QString &program)
{
    using Reason = guest::ExecFailed::Reason;
    // The guest's own words are for the log: they are hostile, and the reason says it all.
    const auto error = [](ErrorCode code, const QString &message, const QString &word) {
        return Error{code, message, word};
    };
    switch (failure.reason) {
    case Reason::NotFound:
        return error(ErrorCode::NotFound, QStringLiteral("'%1' does not exist in the box").arg(program),
                     ExecFailure::NotFound);
    case Reason::NotExecutable:
        return error(ErrorCode::NotFound, QStringLiteral("'%1' cannot be executed in the box").arg(program),
                     ExecFailure::NotExecutable);
    case Reason::NoSuchUser:
        return error(
            ErrorCode::NotFound,
            QStringLiteral("The user or group to run '%1' as does not exist in the box").arg(program),
            ExecFailure::NoUser);
    case Reason::NoSuchDirectory:
        return error(
            ErrorCode::NotFound,
            QStringLiteral("The working directory to run '%1' in does not exist in the box").arg(program),
            ExecFailure::NoDirectory);
    case Reason::TooMany:
        return error(ErrorCode::Conflict,
                     QStringLiteral("Too many commands run in the box: wait for some to end"), QString());
    case Reason::Internal:
        break;
    }
    return error(ErrorCode::Unavailable, QStringLiteral("The box could not start '%1'").arg(program),
                 QString::fromStdString(failure.message).left(512));
}

int execFailureStatus(const Error &error)
{
    return error.code == ErrorCode::NotFound && error.detail == ExecFailure::NotFound ? 127 : 126;
}

} // namespace boxgate
