#include "core/base/descriptor.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate {

void Descriptor::close()
{
    if (m_number >= 0)
        ::close(std::exchange(m_number, -1));
}

Result<SocketPair> SocketPair::create()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot make a pair of sockets")));
    SocketPair pair{Descriptor(ends[0]), Descriptor(ends[1])};
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot prepare a socket")));
    return pair;
}

} // namespace boxgate
