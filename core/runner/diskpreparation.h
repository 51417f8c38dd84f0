#pragma once

#include "core/base/canceltoken.h"
#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/image/imageconfig.h"
#include "core/model/boxid.h"
#include "core/model/boxspec.h"

namespace boxgate {

/// What a box boots from.
struct PreparedDisk
{
    ImageConfig image;
    QString disk; ///< the box's overlay
};

/// Where the disk of a box stands before a start, from what is in its directory. Pure apart from the look at
/// the files.
enum class DiskStatus
{
    Present,
    NeverMade, ///< no run of this box came as far as to make one
    Lost ///< an earlier run had one
};
DiskStatus diskStatus(const Paths &paths, const BoxId &id);

/// Makes the box's disk ready: finds the image, builds its root disk when no box of it has run before, makes
/// the overlay when the box has never run. What blocks happens on a worker thread. Nothing half-made is left
/// on failure.
///
/// Errors   NotFound: the image is missing, or the box's disk is lost; InvalidArgument: the disk is smaller
/// than the image;
///          Corrupt; DiskFull; Cancelled; Io
Async<PreparedDisk> prepareDisk(Paths paths, BoxId id, BoxSpec spec, CancelToken cancel);

} // namespace boxgate
