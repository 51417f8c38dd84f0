#pragma once

#include "core/tree/treestream.h"

namespace boxgate::tree {

/// What of the sent attributes is taken besides permissions and times.
enum class Ownership
{
    Receiver, ///< files belong to whoever unpacks; set-user-id, set-group-id and sticky bits are dropped
    Sent ///< owners (where the system allows it) and all mode bits are as they were sent
};

struct UnpackRequest
{
    /// An existing folder takes the tree under `name`; otherwise the last part is the tree's new name, and
    /// the folder above it must exist. An existing file is replaced.
    std::string destination;
    /// The tree's own name. Empty: the root's entries go into the destination, which is made when it is
    /// missing.
    std::string name;
    Ownership ownership = Ownership::Receiver;
};

/// Puts a tree that a stranger sends into the file system; blocking. The destination is the caller's own word
/// and its links are followed; below it nothing is: every entry is opened relative to its folder with
/// O_NOFOLLOW, so whatever links are sent, or made by somebody else meanwhile, nothing is written outside.
/// Folders that exist are merged into and keep their attributes. A file appears under its name when it is
/// whole; one that is cut off leaves nothing. Memory: the names of one path and 256 KiB; a descriptor per
/// level, at most MaxDepth.
Problem unpackTree(const UnpackRequest &request, ItemReader &in, const CancelFlag &cancelled, Totals &totals);

} // namespace boxgate::tree
