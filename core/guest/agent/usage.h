#pragma once

#include "core/guest/protocol/agentmessages.h"

namespace boxgate::agent {

/// What the guest uses now, from /proc and the root file system.
guest::Usage measureUsage();

} // namespace boxgate::agent
