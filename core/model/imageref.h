#pragma once

#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// A registry's name as it is compared and stored: a host in lower case with an optional port; the other
/// names of Docker Hub become docker.io. Errors   InvalidArgument: no host name, IPv4 address or IPv6 address
/// in brackets, or no port
Result<QString> canonicalRegistry(const QString &text);

/// The name by which a user asks for an image, such as `builtin/busybox` or `docker.io/library/alpine:3.20`.
/// Source   the reference grammar of the OCI distribution specification, with Docker's short names
struct ImageRef
{
    QString registry; ///< "builtin" for images that come with Boxgate, else as canonicalRegistry() writes it
    QString repository; ///< "library/alpine"
    QString tag; ///< "latest" when neither tag nor digest is given
    QString digest; ///< "sha256:..." or empty

    /// Errors   InvalidArgument: the part that is wrong
    static Result<ImageRef> parse(const QString &text);
    /// Whether text says which registry it means; parse() takes Docker Hub when it does not.
    static bool namesRegistry(const QString &text);

    bool isBuiltin() const { return registry == QLatin1String("builtin"); }

    /// As short as it can be typed: "alpine:3.20", "builtin/busybox".
    QString toString() const;

    bool operator==(const ImageRef &) const = default;
};

} // namespace boxgate
