#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QHashFunctions>
#include <QString>

namespace boxgate {

/// A SHA-256 that names a blob: "sha256:" and 64 lower-case hexadecimal digits. Safe as a file name.
/// Source   OCI image specification 1.1, descriptor.md, section Digests; sha512 is not accepted
class Digest
{
public:
    Digest() = default;

    /// Errors   InvalidArgument: not such a text
    static Result<Digest> parse(const QString &text);
    static Digest ofBytes(const QByteArray &bytes);
    /// hash     32 bytes, a finished SHA-256
    static Digest fromHash(const QByteArray &hash);

    bool isEmpty() const { return m_hex.isEmpty(); }
    const QString &hex() const { return m_hex; }
    /// "sha256:..."
    QString toString() const;

    bool operator==(const Digest &) const = default;

private:
    QString m_hex;
};

inline size_t qHash(const Digest &digest, size_t seed = 0) { return qHash(digest.hex(), seed); }

} // namespace boxgate
