#pragma once

#include "core/guest/protocol/hostmessages.h"

#include <string>
#include <vector>

namespace boxgate::agent {

/// What goes wrong is said as a clause; empty is success.
using Problem = std::string;

/// Mounts what finding the port needs, /dev and /sys, on the initramfs.
void mountEarly();

/// Mounts the box's root file system and makes it the agent's root; then its /proc, /sys, /dev and so on.
Problem switchToRoot(const std::string &device);

/// Grows the mounted root to the size of its device, while in use.
Problem growRoot(const std::string &device);

/// The volumes that are mounted, by the path asked for.
class Volumes
{
public:
    /// Mounts those not yet mounted, creating mount points that are missing.
    Problem mountMissing(const std::vector<guest::GuestMount> &mounts);
    void unmountAll();

private:
    std::vector<std::string> m_paths;
};

/// Writes everything out and makes the root read-only, so that the file system is clean.
void settleRoot();

} // namespace boxgate::agent
