#pragma once

#include "core/base/taskscope.h"
#include "core/image/registry/credentials.h"

namespace boxgate {

/// Asks Docker's credential helper `docker-credential-<name>` for a login.
/// name     a plain word, found in PATH
/// server   as dockerServerName()
/// Errors   NotFound: no such program, or it knows no such login; Timeout; InvalidArgument: its answer
/// Source   docker-credential-helpers, README: `get` with the server on standard input
Async<Credentials> askCredentialProgram(QString name, QString server);

} // namespace boxgate
