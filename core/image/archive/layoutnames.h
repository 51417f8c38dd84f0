#pragma once

#include "core/image/manifest.h"
#include "core/model/imageref.h"

namespace boxgate {

/// An image that a layout's index.json names.
struct LayoutName
{
    ImageRef ref;
    BlobDescriptor descriptor; ///< of its manifest, or of an index of its platforms

    bool operator==(const LayoutName &) const = default;
};

/// Which images a layout holds for a platform, and under which names: its annotation
/// io.containerd.image.name, or org.opencontainers.image.ref.name where that is a whole reference.
///
/// wished   empty: as the layout says. Else the name of its only image; or, without a tag, the name of all
/// that have
///          nothing but tags. Pure.
/// Errors   Corrupt; InvalidArgument: the layout does not say a name, or wished cannot be given to several
/// images;
///          NotFound: no image, or none for the architecture
Result<QList<LayoutName>> layoutNames(const QByteArray &indexJson, const QString &architecture,
                                      const QString &wished);

/// The words for an index that has nothing for an architecture, with what it has. Pure.
Error noneForArchitecture(const ImageIndex &index, const QString &architecture);

} // namespace boxgate
