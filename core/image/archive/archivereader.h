#pragma once

#include "core/base/result.h"

#include <QByteArray>

#include <functional>
#include <memory>
#include <optional>

namespace boxgate {

/// Where an archive's bytes come from: a file, a pipe. Fills at most size bytes and returns how many, 0 at
/// the end. Errors   its own, which end the reading; Cancelled when somebody has asked for that
using ByteSource = std::function<Result<qint64>(char *data, qint64 size)>;

/// What is known of an archive's entry before its contents.
struct ArchiveEntry
{
    QByteArray name; ///< "blobs/sha256/ab": normalised, relative, without . and ..
    QByteArray target; ///< not empty: a link, hard or symbolic, to that name
    qint64 size = 0; ///< bytes, of files
};

/// What an archive may demand.
struct ArchiveLimits
{
    qint64 entries = 100'000;
    qsizetype nameBytes = 16 << 20; ///< of all entries
    qint64 bytes = 1LL << 40; ///< of all files
};

/// Reads a tar (plain, gzip, zstd or bzip2) from its beginning to its end, without going back: a pipe will
/// do.
///
/// Names are hostile and lead nowhere: they are normalised, and what would leave the archive is left out, as
/// is everything that is neither a file nor a link. Memory: some MiB. Thread: any, one at a time.
class ArchiveReader
{
public:
    using Sink = std::function<Result<void>(const char *data, qint64 size)>;

    /// Errors   Corrupt: no tar; those of source
    static Result<std::unique_ptr<ArchiveReader>> open(ByteSource source, const ArchiveLimits &limits = {});
    ~ArchiveReader();

    /// nullopt after the last entry.
    /// Errors   Corrupt: cut off, damaged, or above the limits; those of source
    Result<std::optional<ArchiveEntry>> next();
    /// All bytes of the file that next() returned; holes are zeros.
    /// Errors   as next(); those of sink
    Result<void> content(const Sink &sink);

private:
    struct Stream;

    explicit ArchiveReader(std::unique_ptr<Stream> stream);
    Result<void> count(qsizetype nameBytes, qint64 size);

    std::unique_ptr<Stream> m_stream;
    ArchiveLimits m_left;
};

/// A path as archives write it, relative to base and normalised; empty when it leads out, or nowhere. Pure.
QByteArray normalisedName(const QByteArray &path, const QByteArray &base = {});

} // namespace boxgate
