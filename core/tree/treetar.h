#pragma once

#include "core/tree/treestream.h"

namespace boxgate::tree {

/// Writes a tree as a pax archive, blocking; looks at the cancel flag at least every 100 ms, whatever reads
/// it. name     of the root within the archive; empty: "." A file that changed its size while it was read is
/// cut or filled with zeros: a tar says sizes first.
Problem treeToTar(ItemReader &in, int fd, const std::string &name, const CancelFlag &cancelled,
                  Totals &totals);

/// Reads a tar of any kind and compression, blocking as above, as the contents of one folder. Entries that
/// lead out of it
/// ("..") end it; a leading slash is dropped. Devices, sockets and pipes are left out.
Problem tarToTree(int fd, ItemWriter &out, const CancelFlag &cancelled, Totals &totals);

} // namespace boxgate::tree
