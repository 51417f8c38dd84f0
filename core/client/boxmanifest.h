#pragma once

#include "core/image/boximage.h"
#include "core/model/boxspec.h"

#include <QDateTime>

#include <optional>

/// The parts of an exported box: a tar, compressed with zstd, of
///
///     box.json                   BoxManifest, the first entry
///     disk/<offset>              16 hexadecimal digits: what is there from that offset on, ChunkBytes of it
///     or up to the
///                                disk's end; rising; all that is not named is zeros
///     end.json                   ArchiveEnd, the last entry: without it the file is cut off
/// No file of a disk format is in it, so nothing in it can name a file of the host. Pure: everything here
/// takes a stranger's bytes.
namespace boxgate {

struct BoxManifest
{
    static constexpr int Version = 1;
    static constexpr qsizetype MaxBytes = 8 << 20;

    BoxSpec spec;
    BoxImage image;
    Bytes diskSize;
    quint64 chunks = 0;
    QDateTime exportedAt; ///< UTC

    QByteArray encode() const;
    /// Errors   NewerVersion; Corrupt: the field that is wrong
    static Result<BoxManifest> decode(const QByteArray &json);
    bool operator==(const BoxManifest &) const = default;
};

struct ArchiveEnd
{
    static constexpr qsizetype MaxBytes = 4096;

    quint64 chunks = 0;
    QByteArray sha256; ///< of each chunk's offset, 8 bytes little-endian, and its bytes, in their order

    QByteArray encode() const;
    /// Errors   Corrupt
    static Result<ArchiveEnd> decode(const QByteArray &json);
    bool operator==(const ArchiveEnd &) const = default;
};

inline const QString ManifestName = QStringLiteral("box.json");
inline const QString EndName = QStringLiteral("end.json");
inline constexpr quint64 ChunkBytes = 4 << 20;

QString chunkName(quint64 offset);
/// nullopt: no name of a chunk of a disk of this size
std::optional<quint64> chunkOffset(const QByteArray &name, Bytes diskSize);
/// Of the chunk at this offset.
quint64 chunkLength(quint64 offset, Bytes diskSize);

/// Takes from a stranger's specification what would reach into this host: volumes, published ports, the
/// host's loopback, captures; and removal by itself. Returns  what was there of it, as clauses
QStringList disarm(BoxSpec &spec);

} // namespace boxgate
