#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace boxgate::agent {

/// Reads the first `limit` bytes of a regular (or proc or sysfs) file. Empty when there is none; never blocks
/// on a FIFO or device.
std::string readTextFile(const std::string &path, std::size_t limit);

/// Writes to an existing file such as a sysctl. Returns false when it does not take all of it.
bool writeTextFile(const std::string &path, std::string_view text);

/// Puts a file into the box's /etc, in place of whatever has that name, symlinks included, without following
/// any out of the root file system: /etc itself may not be on another mount (a volume of the host). Leaves an
/// equal file alone. Returns 0 or an errno.
int replaceEtcFile(const char *name, std::string_view text);

} // namespace boxgate::agent
