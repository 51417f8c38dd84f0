#pragma once

#include "core/base/descriptor.h"

namespace boxgate {

/// Listens on a Unix stream socket of mode 0600. A file that is there already is removed: the caller holds
/// the box's lock, so its owner is dead. Returns  non-blocking, close-on-exec Errors   InvalidArgument: the
/// path is longer than a socket's may be (107 bytes); Denied, Io
Result<Descriptor> listenOnSocket(const QString &path);

/// Whether the process at the other end of a connected Unix socket runs as this process's user.
/// Source   unix(7), SO_PEERCRED
bool isPeerOurUser(int descriptor);

} // namespace boxgate
