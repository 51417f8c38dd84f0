#pragma once

#include "core/guest/agent/mounts.h"

namespace boxgate::agent {

/// Brings the loopback interface up, and eth0 to exactly this network where it is enabled and there is such
/// an interface. May be repeated.
Problem configureNetwork(const guest::GuestNetwork &network);

/// Host name, /etc/hostname, /etc/hosts and /etc/resolv.conf. Problems with files are said and end nothing: a
/// box can do without them.
Problem configureNames(const guest::Configure &configure);

/// The files' text; characters that would break a line out of its field are left out.
std::string hostsText(const guest::Configure &configure);
std::string resolverText(const guest::GuestNetwork &network);

} // namespace boxgate::agent
