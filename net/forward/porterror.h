#pragma once

#include "core/base/error.h"
#include "net/report.h"

namespace boxgate::net {

/// Why a port of the host cannot be opened.
/// code   errno of socket(), bind() or listen()
Error portError(const PortMap &map, int code);

} // namespace boxgate::net
