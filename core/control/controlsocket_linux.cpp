#include "core/control/controlsocket.h"

#include <QFile>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace boxgate {

namespace {

constexpr int Backlog = 64;

Error socketError(const QString &path)
{
    return Error::fromErrno(errno, QStringLiteral("Cannot listen on the control socket %1").arg(path));
}

} // namespace

Result<Descriptor> listenOnSocket(const QString &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray encoded = QFile::encodeName(path);
    if (encoded.size() >= qsizetype(sizeof address.sun_path)) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral(
                        "The control socket's path %1 is too long: choose a shorter --home, BOXGATE_HOME or "
                        "XDG_RUNTIME_DIR")
                        .arg(path));
    }
    std::memcpy(address.sun_path, encoded.constData(), std::size_t(encoded.size()));
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.isValid())
        return fail(socketError(path));
    if (::unlink(encoded.constData()) != 0 && errno != ENOENT)
        return fail(socketError(path));
    // Before bind: there is no moment in which others may connect.
    ::fchmod(socket.number(), 0600);
    if (::bind(socket.number(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        || ::chmod(encoded.constData(), 0600) != 0 || ::listen(socket.number(), Backlog) != 0)
        return fail(socketError(path));
    return socket;
}

bool isPeerOurUser(int descriptor)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    return peer.uid == ::getuid();
}

} // namespace boxgate
