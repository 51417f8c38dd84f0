#pragma once

#include "net/forward/tcpforwarder.h"
#include "net/forward/udprelay.h"

namespace boxgate::net {

/// The ports of the host that lead into the box. Thread: net.
class PortMaps
{
public:
    static constexpr size_t MaxMaps = 256;

    PortMaps(SlirpStack &stack, TcpForwarder &tcp, UdpRelay &udp)
        : m_stack(stack)
        , m_tcp(tcp)
        , m_udp(udp)
    { }

    /// Returns  the map with the port that it got
    /// Errors   see Engine::addPort()
    Result<PortMap> add(const PortMap &map);
    Result<void> remove(const PortMap &map);
    std::vector<PortReport> reports();

private:
    SlirpStack &m_stack;
    TcpForwarder &m_tcp;
    UdpRelay &m_udp;
    std::vector<PortMap> m_maps;
};

} // namespace boxgate::net
