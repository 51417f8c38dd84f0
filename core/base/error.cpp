#include "core/base/error.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace boxgate {

namespace {

struct CodeName
{
    ErrorCode code;
    const char *name;
};

constexpr std::array CodeNames{
    CodeName{ErrorCode::InvalidArgument, "invalid-argument"},
    CodeName{ErrorCode::NotFound, "not-found"},
    CodeName{ErrorCode::AlreadyExists, "already-exists"},
    CodeName{ErrorCode::Conflict, "conflict"},
    CodeName{ErrorCode::Denied, "denied"},
    CodeName{ErrorCode::Unavailable, "unavailable"},
    CodeName{ErrorCode::Timeout, "timeout"},
    CodeName{ErrorCode::Cancelled, "cancelled"},
    CodeName{ErrorCode::Protocol, "protocol"},
    CodeName{ErrorCode::Corrupt, "corrupt"},
    CodeName{ErrorCode::NewerVersion, "newer-version"},
    CodeName{ErrorCode::DiskFull, "disk-full"},
    CodeName{ErrorCode::Io, "io"},
    CodeName{ErrorCode::Internal, "internal"},
};

ErrorCode codeFromErrno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorCode::Denied;
    case ENOSPC:
    case EDQUOT:
        return ErrorCode::DiskFull;
    case EEXIST:
    case EADDRINUSE:
        return ErrorCode::AlreadyExists;
    default:
        return ErrorCode::Io;
    }
}

} // namespace

Error Error::in(const QString &context) const
{
    return Error{code, context + QStringLiteral(": ") + message, detail};
}

Error Error::fromErrno(int errnum, const QString &message)
{
    const QString text = QString::fromLocal8Bit(std::strerror(errnum));
    return Error{codeFromErrno(errnum), message + QStringLiteral(": ") + text,
                 QStringLiteral("errno %1").arg(errnum)};
}

QString toString(ErrorCode code)
{
    for (const CodeName &entry : CodeNames) {
        if (entry.code == code)
            return QString::fromLatin1(entry.name);
    }
    return QStringLiteral("internal");
}

ErrorCode errorCodeFromString(const QString &name)
{
    for (const CodeName &entry : CodeNames) {
        if (name == QLatin1String(entry.name))
            return entry.code;
    }
    return ErrorCode::Internal;
}

QDebug operator<<(QDebug debug, const Error &error)
{
    const QDebugStateSaver saver(debug);
    debug.noquote().nospace() << error.message;
    if (!error.detail.isEmpty())
        debug << " (" << error.detail << ')';
    return debug;
}

} // namespace boxgate
