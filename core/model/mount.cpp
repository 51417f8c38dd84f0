#include "core/model/mount.h"

#include "core/base/jsonreader.h"

#include <QDir>

namespace boxgate {

namespace {

Result<Mount> checked(Mount mount)
{
    if (!mount.hostPath.startsWith(u'/') || !mount.guestPath.startsWith(u'/')) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a volume: both paths must be absolute, as in /data:/data:ro")
                        .arg(mount.toString()));
    }
    mount.hostPath = QDir::cleanPath(mount.hostPath);
    mount.guestPath = QDir::cleanPath(mount.guestPath);
    if (mount.guestPath == QLatin1String("/"))
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("A volume cannot replace the root of the box"));
    return mount;
}

} // namespace

Result<Mount> Mount::parse(const QString &text)
{
    const QStringList parts = text.split(u':');
    const bool hasMode = parts.size() == 3;
    if (parts.size() < 2 || parts.size() > 3
        || (hasMode && parts[2] != QLatin1String("ro") && parts[2] != QLatin1String("rw"))) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a volume: write HOST:GUEST or HOST:GUEST:ro").arg(text));
    }
    return checked(Mount{parts[0], parts[1], hasMode && parts[2] == QLatin1String("ro")});
}

QString Mount::toString() const
{
    return hostPath + QLatin1Char(':') + guestPath + (readOnly ? QStringLiteral(":ro") : QString());
}

QJsonObject Mount::toJson() const
{
    return {{QStringLiteral("host_path"), hostPath},
            {QStringLiteral("guest_path"), guestPath},
            {QStringLiteral("read_only"), readOnly}};
}

Result<Mount> Mount::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("mounts"));
    Mount mount;
    mount.hostPath = reader.requiredString(QStringLiteral("host_path"));
    mount.guestPath = reader.requiredString(QStringLiteral("guest_path"));
    mount.readOnly = reader.boolean(QStringLiteral("read_only")).value_or(false);
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return checked(mount);
}

} // namespace boxgate
