#pragma once

#include "core/base/bytes.h"
#include "core/image/disk/layerstream.h"

#include <QList>

namespace boxgate {

/// How many bytes layers hold uncompressed, as their last bytes and sizes tell: for decisions that a wrong
/// number may only make slower, such as a check for free space. Reads a few bytes of each blob; what cannot
/// be read counts by three times its size. The same blobs give the same number.
Bytes estimateContents(const QList<LayerSource> &layers);

} // namespace boxgate
