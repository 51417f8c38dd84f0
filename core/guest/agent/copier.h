#pragma once

#include "core/guest/agent/launch.h"

namespace boxgate::agent {

/// Forks a process of the agent's own code that packs or unpacks a tree: images need no tar, and the agent's
/// loop never waits for a disk. It runs as root, in the box's root. failure  is set when there is no process
std::optional<Launched> launchCopy(const guest::Copy &copy, guest::ExecFailed &failure);

} // namespace boxgate::agent
