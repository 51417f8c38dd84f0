#pragma once

#include "core/base/bytes.h"
#include "core/base/taskscope.h"

namespace boxgate {

/// A box's own disk: a qcow2 file that holds what differs from the read-only root disk of its image.
struct OverlayRequest
{
    enum class Existing
    {
        Refuse,
        Replace ///< at once, when the new one is whole
    };

    QString backing; ///< the image's root disk, absolute; or a layer's bare name, beside the overlay
                     ///< (disklayers.h)
    QString overlay; ///< the file to make
    Bytes size; ///< as the guest sees it, at least the backing file's
    Existing existing = Existing::Refuse;
};

/// Makes the overlay with qemu-img, under a temporary name until it is whole. About 10 ms; nothing of the
/// size is allocated. Errors   AlreadyExists; NotFound: backing file or qemu-img; InvalidArgument: smaller
/// than the backing file; DiskFull; Io
Async<void> createOverlay(OverlayRequest request);

} // namespace boxgate
