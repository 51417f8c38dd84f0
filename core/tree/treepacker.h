#pragma once

#include "core/tree/treestream.h"

namespace boxgate::tree {

struct PackRequest
{
    /// A file, a folder or a link. A link is sent as one, unless it is followed by a slash.
    std::string path;
    /// Sends what the link `path` leads to.
    bool followLink = false;
    /// Folders of other file systems stay empty.
    bool oneFileSystem = false;
};

/// Sends a tree as it stands, End and the totals included; blocking. No link below `path` is followed. What
/// vanishes while it runs is not sent; of a file that grows, as much as it had. Memory: the names of one path
/// and 64 KiB, and the names of up to MaxKnownLinks files with several names; above that they are sent as
/// separate files.
Problem packTree(const PackRequest &request, ItemWriter &out, const CancelFlag &cancelled, Totals &totals);

inline constexpr std::size_t MaxKnownLinks = 100'000;

} // namespace boxgate::tree
