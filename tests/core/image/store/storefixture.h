#pragma once

#include "core/image/imageconfig.h"
#include "core/image/store/imagestore.h"

namespace boxgate {

/// The directories of a home, made.
Paths pathsOf(const QString &home);

BlobDescriptor descriptorOf(const QByteArray &bytes, const QString &mediaType = {});

/// Bytes that do not compress and differ by seed.
QByteArray noise(qsizetype size, quint32 seed = 1);

/// Puts an image of these layers (plain tars or whatever they are) into the store, without a name.
StoredImage addImage(const ImageStore &store, const QString &name, const QList<QByteArray> &layers);

} // namespace boxgate
