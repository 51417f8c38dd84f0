#include "net/forward/porterror.h"

#include <cerrno>

namespace boxgate::net {

Error portError(const PortMap &map, int code)
{
    const QString port =
        QStringLiteral("Port %1/%2 of %3")
            .arg(map.hostPort)
            .arg(map.transport == Transport::Udp ? QStringLiteral("udp") : QStringLiteral("tcp"),
                 QString::fromStdString(toString(map.bindAddress)));
    const QString detail = qt_error_string(code);
    switch (code) {
    case EADDRINUSE:
        return {
            ErrorCode::Conflict,
            QStringLiteral("%1 is taken (address already in use): choose another, or 0 for any").arg(port),
            detail};
    case EACCES:
        return {ErrorCode::Denied,
                QStringLiteral("%1 may not be opened (permission denied): choose one from 1024 up").arg(port),
                detail};
    case EADDRNOTAVAIL:
        return {ErrorCode::InvalidArgument,
                QStringLiteral("%1 cannot be opened: this host has no such address").arg(port), detail};
    default:
        return Error::fromErrno(code, QStringLiteral("%1 cannot be opened").arg(port));
    }
}

} // namespace boxgate::net
