#pragma once

#include "core/image/manifest.h"
#include "core/model/imageref.h"

#include <QDateTime>

namespace boxgate {

/// One name in the store.
struct StoredImage
{
    ImageRef ref;
    BlobDescriptor manifest; ///< of this machine's platform: the image's identity
    Digest index; ///< of the multi-platform list that it was chosen from; empty: none
    QDateTime added; ///< UTC

    bool operator==(const StoredImage &) const = default;
};

/// With registry and repository in full, as ImageRef::toString() is not: "docker.io/library/alpine:3.20".
QString fullName(const ImageRef &ref);

/// The store's index.json: an OCI image index whose entries have the full reference as
/// org.opencontainers.image.ref.name, so that other tools find images by it, and two annotations of ours.
/// Pure.
class StoreIndex
{
public:
    static constexpr qsizetype MaxJsonBytes = 8 << 20;
    static constexpr qsizetype MaxImages = 4096;

    /// Entries without a name that is a reference are left out: others may have written them.
    /// Errors   Corrupt: not an index, or above the limits
    static Result<QList<StoredImage>> parse(const QByteArray &json);
    static QByteArray toJson(const QList<StoredImage> &images);
};

} // namespace boxgate
