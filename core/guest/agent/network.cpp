#include "core/guest/agent/network.h"

#include "core/guest/agent/descriptor.h"
#include "core/guest/agent/textfile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace boxgate::agent {

namespace {

constexpr const char *Interface = "eth0";

std::uint32_t networkOrder(const guest::Ipv4Octets &octets)
{
    std::uint32_t value = 0;
    std::memcpy(&value, octets.data(), sizeof value);
    return value;
}

void setAddress(sockaddr &field, std::uint32_t address)
{
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = address;
    std::memcpy(&field, &in, sizeof in);
}

ifreq request(const char *name)
{
    ifreq wanted{};
    std::strncpy(wanted.ifr_name, name, IFNAMSIZ - 1);
    return wanted;
}

bool setUp(int socket, const char *name, bool up)
{
    ifreq wanted = request(name);
    if (ioctl(socket, SIOCGIFFLAGS, &wanted) != 0)
        return false;
    wanted.ifr_flags = static_cast<short>(up ? wanted.ifr_flags | IFF_UP : wanted.ifr_flags & ~IFF_UP);
    return ioctl(socket, SIOCSIFFLAGS, &wanted) == 0;
}

bool addDefaultRoute(int socket, std::uint32_t gateway)
{
    rtentry route{};
    setAddress(route.rt_dst, 0);
    setAddress(route.rt_genmask, 0);
    setAddress(route.rt_gateway, gateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    return ioctl(socket, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

bool setAddressAndMask(int socket, const guest::GuestNetwork &network)
{
    ifreq address = request(Interface);
    setAddress(address.ifr_addr, networkOrder(network.address));
    ifreq mask = request(Interface);
    const std::uint64_t bits = 0xffffffffull << (32 - network.prefixLength);
    setAddress(mask.ifr_netmask, htonl(static_cast<std::uint32_t>(bits)));
    return ioctl(socket, SIOCSIFADDR, &address) == 0 && ioctl(socket, SIOCSIFNETMASK, &mask) == 0;
}

std::string dotted(const guest::Ipv4Octets &octets)
{
    std::string text;
    for (const std::uint8_t octet : octets)
        text += (text.empty() ? "" : ".") + std::to_string(octet);
    return text;
}

/// A name or address as it may stand in these files.
std::string field(const std::string &text)
{
    std::string kept;
    for (const char c : text) {
        if (c > ' ' && c < 0x7f && c != '#')
            kept += c;
    }
    return kept;
}

} // namespace

Problem configureNetwork(const guest::GuestNetwork &network)
{
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.isOpen() || !setUp(socket.value(), "lo", true))
        return std::string("cannot bring up the loopback interface: ") + strerror(errno);
    // As in other engines: ping and low ports are nothing that a user inside needs root for.
    writeTextFile("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
    writeTextFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    if (!network.enabled || if_nametoindex(Interface) == 0)
        return {};

    const auto failed = [](const char *what) {
        return "cannot set the " + std::string(what) + " of " + Interface + ": " + strerror(errno);
    };
    setUp(socket.value(), Interface,
          false); // drops what an earlier configuration left: its address and routes
    writeTextFile("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1"); // the gate passes IPv4 only
    ifreq mtu = request(Interface);
    mtu.ifr_mtu = network.mtu;
    if (ioctl(socket.value(), SIOCSIFMTU, &mtu) != 0)
        return failed("MTU");
    if (!setAddressAndMask(socket.value(), network))
        return failed("address");
    if (!setUp(socket.value(), Interface, true))
        return failed("state");
    const std::uint32_t gateway = networkOrder(network.gateway);
    if (gateway != 0 && !addDefaultRoute(socket.value(), gateway))
        return failed("default route");
    return {};
}

std::string hostsText(const guest::Configure &configure)
{
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const std::string name = field(configure.hostname);
    if (!name.empty())
        text += (configure.network.enabled ? dotted(configure.network.address) : "127.0.1.1") + "\t" + name
            + "\n";
    for (const guest::HostsEntry &entry : configure.hosts) {
        text += field(entry.address);
        for (const std::string &alias : entry.names)
            text += "\t" + field(alias);
        text += "\n";
    }
    return text;
}

std::string resolverText(const guest::GuestNetwork &network)
{
    std::string text;
    if (!network.enabled)
        return text;
    std::string domains;
    for (const std::string &domain : network.searchDomains)
        domains += " " + field(domain);
    if (!domains.empty())
        text += "search" + domains + "\n";
    return text + "nameserver " + dotted(network.nameServer) + "\n";
}

Problem configureNames(const guest::Configure &configure)
{
    const std::string name = field(configure.hostname);
    if (!name.empty() && sethostname(name.data(), name.size()) != 0)
        return std::string("cannot set the host name: ") + strerror(errno);
    std::string unwritten;
    const auto put = [&unwritten](const char *file, const std::string &text) {
        if (const int reason = replaceEtcFile(file, text))
            unwritten +=
                std::string(unwritten.empty() ? "" : ", ") + "/etc/" + file + ": " + strerror(reason);
    };
    if (!name.empty())
        put("hostname", name + "\n");
    put("hosts", hostsText(configure));
    put("resolv.conf", resolverText(configure.network));
    return unwritten;
}

} // namespace boxgate::agent
