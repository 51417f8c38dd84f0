#pragma once

#include "core/base/bytes.h"
#include "core/image/manifest.h"

#include <QDateTime>

namespace boxgate {

/// One step of how an image was made, as its maker says.
struct HistoryStep
{
    QDateTime created; ///< UTC; invalid: not said
    QString command;
    QString comment;
    Bytes size; ///< of the layer that it made, compressed; 0: it made none

    bool operator==(const HistoryStep &) const = default;
};

constexpr qsizetype MaxHistorySteps = 4096;

/// The steps of an image, the first one first; layers that no step tells of follow as steps without words.
/// Pure. Source   OCI image specification 1.1, config.md, "history" Errors   Corrupt: not a configuration, or
/// more steps than there can be
Result<QList<HistoryStep>> imageHistory(const QByteArray &configJson, const QList<BlobDescriptor> &layers);

} // namespace boxgate
