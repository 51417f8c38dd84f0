#include "net/forward/portmaps.h"

#include "net/forward/porterror.h"

#include <algorithm>

namespace boxgate::net {

namespace {

QString describe(const PortMap &map)
{
    return QStringLiteral("%1:%2 -> %3/%4")
        .arg(QString::fromStdString(toString(map.bindAddress)))
        .arg(map.hostPort)
        .arg(map.guestPort)
        .arg(map.transport == Transport::Udp ? QStringLiteral("udp") : QStringLiteral("tcp"));
}

} // namespace

Result<PortMap> PortMaps::add(const PortMap &map)
{
    const auto isSame = [&](const PortMap &other) {
        return map.hostPort != 0 && other.hostPort == map.hostPort && other.transport == map.transport
            && other.bindAddress == map.bindAddress;
    };
    if (map.guestPort == 0 || map.transport == Transport::Any)
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("The port map %1 lacks a port of the box or a protocol").arg(describe(map)));
    if (std::ranges::any_of(m_maps, isSame))
        return fail(ErrorCode::AlreadyExists,
                    QStringLiteral("The port map %1 is there already").arg(describe(map)));
    if (m_maps.size() >= MaxMaps)
        return fail(ErrorCode::Conflict, QStringLiteral("A box has at most %1 port maps").arg(MaxMaps));
    PortMap opened = map;
    if (map.transport == Transport::Udp) {
        const Result<uint16_t> port = m_udp.openPort(map);
        BOXGATE_TRY(port);
        opened.hostPort = *port;
    } else {
        const auto port = m_stack.listen(map.bindAddress, map.hostPort, map.guestPort);
        if (!port)
            return fail(portError(map, port.error()));
        opened.hostPort = *port;
    }
    m_maps.push_back(opened);
    return opened;
}

Result<void> PortMaps::remove(const PortMap &map)
{
    const auto found = std::ranges::find(m_maps, map);
    if (found == m_maps.end())
        return fail(ErrorCode::NotFound, QStringLiteral("There is no port map %1").arg(describe(map)));
    m_maps.erase(found);
    if (map.transport == Transport::Udp) {
        m_udp.closePort(map);
        return {};
    }
    m_stack.stopListening(map.bindAddress, map.hostPort);
    m_tcp.cutInbound(map);
    return {};
}

std::vector<PortReport> PortMaps::reports()
{
    std::vector<PortReport> reports;
    for (const PortMap &map : m_maps)
        reports.push_back({map, 0});
    const auto count = [&](const Flow &flow) {
        if (flow.direction != Direction::Inbound || flow.isFinished)
            return;
        for (PortReport &report : reports) {
            if (report.map.transport == flow.key.transport && report.map.hostPort == flow.hostPort
                && report.map.guestPort == flow.key.guestPort)
                ++report.openFlows;
        }
    };
    m_tcp.flows().forEach(count);
    m_udp.flows().forEach(count);
    return reports;
}

} // namespace boxgate::net
