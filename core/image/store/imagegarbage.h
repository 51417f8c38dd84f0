#pragma once

#include "core/image/store/imagestore.h"

#include <QSet>

namespace boxgate {

/// What nothing leads to: blobs, parts of blobs, root disks. Names lead to images, and so do the disks of
/// boxes, whose image may have lost its name: their root disk and their blobs stay. Thread: any; blocks.
class ImageGarbage
{
public:
    struct Found
    {
        QStringList files;
        Bytes bytes; ///< that they take on the disk
    };

    /// builtin   manifests of the images that come with Boxgate: their root disks stay
    ImageGarbage(const Paths &paths, const QList<Digest> &builtin);

    /// Looks without touching anything. What another process is about to add counts as garbage, too.
    /// ignored   names as if they were not there, to ask what their removal would give
    /// Errors    Corrupt: the list of images is damaged, and nothing can be said; Denied, Io
    Result<Found> find(const QList<ImageRef> &ignored = {}) const;

    /// Removes it, once nobody adds anything.
    /// Returns  what was removed
    /// Errors   as find(); Cancelled
    Result<Found> collect(const CancelToken &cancel) const;

private:
    /// Hexadecimal digests of what is led to.
    struct Roots
    {
        QSet<QString> blobs;
        QSet<QString> images; ///< manifests
    };

    Result<Roots> roots(const QList<ImageRef> &ignored) const;
    Result<void> mark(const Digest &manifest, Roots &roots) const;

    const Paths m_paths;
    const ImageStore m_store;
    const QList<Digest> m_builtin;
};

} // namespace boxgate
