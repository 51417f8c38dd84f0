#pragma once

#include "core/image/imageconfig.h"

namespace boxgate {

/// What a box keeps of its image: the box goes on with it when the image's name leads elsewhere later, or
/// nowhere.
struct BoxImage
{
    Digest digest; ///< the image's identity; empty: not known
    ImageConfig config;

    QJsonObject toJson() const;
    /// Errors   Corrupt
    static Result<BoxImage> fromJson(const QJsonObject &object);
    bool operator==(const BoxImage &) const = default;

    /// Errors   NotFound: there is none; Corrupt, Io
    static Result<BoxImage> read(const QString &file);
    /// Replaces the file at once.
    Result<void> write(const QString &file) const;
};

} // namespace boxgate
