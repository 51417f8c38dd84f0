#include "net/policy/verdict.h"

namespace boxgate::net {

std::string_view describe(Reason reason)
{
    switch (reason) {
    case Reason::OpenMode:
        return "allowed: the network is open";
    case Reason::HostAlias:
        return "allowed: the host loopback setting";
    case Reason::AddressRule:
        return "allowed: a rule for its address";
    case Reason::NameRule:
        return "allowed: a rule for its name";
    case Reason::PortMap:
        return "allowed: a client of a port map";
    case Reason::OffMode:
        return "blocked: the network is off";
    case Reason::AlwaysBlocked:
        return "blocked: an address that no box may reach";
    case Reason::HostAliasClosed:
        return "blocked: the host loopback setting";
    case Reason::NameService:
        return "blocked: a name service past the box's own";
    case Reason::NoRule:
        return "blocked: no rule allows it";
    case Reason::Gateway:
        return "blocked: the gateway has no such service";
    case Reason::ForeignName:
        return "blocked: its hello names a host that is not allowed there";
    case Reason::NoName:
        return "blocked: its hello names no host";
    case Reason::TooMany:
        return "blocked: too many at once";
    case Reason::BadFrame:
        return "blocked: no honest guest sends such a frame";
    }
    return "";
}

} // namespace boxgate::net
