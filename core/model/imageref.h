#pragma once

#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// The name by which a user asks for an image, such as `builtin/busybox` or `docker.io/library/alpine:3.20`.
/// Source   the reference grammar of the OCI distribution specification, with Docker's short names
struct ImageRef
{
    QString registry; ///< "builtin" for images that come with Boxgate, else a host with optional port
    QString repository; ///< "library/alpine"
    QString tag; ///< "latest" when neither tag nor digest is given
    QString digest; ///< "sha256:..." or empty

    /// Errors   InvalidArgument: the part that is wrong
    static Result<ImageRef> parse(const QString &text);

    bool isBuiltin() const { return registry == QLatin1String("builtin"); }

    /// As short as it can be typed: "alpine:3.20", "builtin/busybox".
    QString toString() const;

    bool operator==(const ImageRef &) const = default;
};

} // namespace boxgate
