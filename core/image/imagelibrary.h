#pragma once

#include "core/base/bytes.h"
#include "core/base/paths.h"
#include "core/image/disk/rootdiskbuilder.h"
#include "core/image/imageconfig.h"
#include "core/image/manifest.h"
#include "core/image/store/storedimage.h"
#include "core/model/imageref.h"

#include <QDateTime>

namespace boxgate {

/// An image that is on this machine and can be run.
struct ImageInfo
{
    ImageRef ref;
    Digest digest; ///< of the manifest: the image's identity
    ImageConfig config;
    Digest configDigest; ///< of its document
    QList<BlobDescriptor> layers; ///< lowest first
    Bytes size; ///< of the blobs, compressed
    Digest index; ///< of the multi-platform list that it was chosen from; empty: none
    QDateTime added; ///< UTC; invalid for builtin images
    QString layout; ///< the OCI layout directory that holds the blobs
};

/// The images on this machine, and the root disks made of them.
///
/// Thread: any, several at once; a value with no state besides Paths. All methods block: short ones read a
/// few KiB; rootDisk() may build for seconds and belongs on a worker thread.
class ImageLibrary
{
public:
    explicit ImageLibrary(const Paths &paths)
        : m_paths(paths)
    { }

    /// Every image that resolve() finds, by name: builtin ones, then those of the store.
    QList<ImageInfo> list() const;

    /// Finds an image and reads its configuration; the layers' contents are not read. With a digest it may
    /// have lost its name: what a box stands on stays here, see ImageGarbage. Errors   NotFound: no such
    /// builtin image, with the list of those there are; or not on this machine, with the
    ///          next step; Unavailable: the builtin images are not installed; Corrupt: the image is damaged
    ///          or made for another architecture
    Result<ImageInfo> resolve(const ImageRef &ref) const;

    /// The ext4 image for a box's root disk, a raw file to be used as read-only backing of an overlay. Builds
    /// it on first use and keeps it; with a kept one this is two calls of stat(2). The file's size is that of
    /// its file system and never exceeds boxDisk; the guest grows the file system (online) when its disk is
    /// larger. boxDisk  the size of the disk the box is to have: boxes of 10 GiB and above share one file
    /// that needs no growth for
    ///          10 GiB, smaller ones share another, small one
    /// Errors   InvalidArgument: the image does not fit into boxDisk; Corrupt: a blob does not have its
    /// digest, or is no tar;
    ///          Cancelled, DiskFull, Denied, Io
    Result<QString> rootDisk(const ImageInfo &image, Bytes boxDisk, const RootDiskProgress &progress = {},
                             const CancelToken &cancel = {}) const;

private:
    QStringList builtinNames() const;
    Result<ImageInfo> resolveBuiltin(const ImageRef &ref) const;

    Paths m_paths;
};

} // namespace boxgate
