#include "net/forward/closing.h"

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

} // namespace boxgate::net
