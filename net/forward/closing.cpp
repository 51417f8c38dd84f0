#include "net/forward/closing.h"

#include <cerrno>
#include <sys/socket.h>

namespace boxgate::net {

namespace {

void setLinger(int socket, const linger &value)
{
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

} // namespace

void closeWithReset(int socket) { setLinger(socket, {1, 0}); }

void closeInOrder(int socket) { setLinger(socket, {0, 0}); }

// POSIX, send: EPIPE on a socket that is shut down for writing, whatever the size
bool hasSentEnd(int socket) { return ::send(socket, "", 0, MSG_NOSIGNAL) < 0 && errno != EAGAIN; }

} // namespace boxgate::net
