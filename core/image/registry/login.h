#pragma once

#include "core/image/registry/registrysession.h"

namespace boxgate {

/// Asks a registry whether it takes a login, before anybody stores it.
/// Errors   Denied: it does not; InvalidArgument: it asks nobody for a login; RegistrySession::get()'s
/// Source   OCI distribution specification 1.1, end-1: GET /v2/
Async<void> checkLogin(RegistryEndpoint endpoint, Credentials login, RegistryLimits limits);

} // namespace boxgate
