#pragma once

#include "core/base/canceltoken.h"
#include "core/image/digest.h"
#include "core/image/disk/layerentry.h"

#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace boxgate {

/// One layer as a blob on disk.
struct LayerSource
{
    QString file;
    Digest digest; ///< of the file
    Digest diffId; ///< of its uncompressed contents; empty: not known
};

/// Reads a layer's tar (plain, gzip, zstd) entry by entry with bounded memory.
///
/// Thread: any, one at a time. The stream is hostile: what it names is returned as it is and must go through
/// LayerTree. With Verify::Yes the digests are checked when the last entry has been read, so nothing of a
/// layer may be used before next() returned nullopt.
class LayerReader
{
public:
    enum class Verify
    {
        Yes,
        No
    };

    /// Called with bytes of a file in rising order; gaps are holes.
    using Sink = std::function<Result<void>(quint64 offset, const char *data, std::size_t size)>;

    /// Errors   NotFound, Denied, Io: the file cannot be read
    static Result<std::unique_ptr<LayerReader>> open(const LayerSource &source, const LayerLimits &limits,
                                                     Verify verify);
    ~LayerReader();

    /// The next entry, nullopt after the last.
    /// Errors   Corrupt: no tar, cut off, too large, or not what the digest promises
    Result<std::optional<LayerEntry>> next();

    /// Streams the contents of the entry that next() returned.
    /// Errors   as next(); those of sink
    Result<void> content(const Sink &sink);

    /// Bytes of the file read since the last call.
    quint64 takeProgress();

private:
    struct Streams;

    explicit LayerReader(std::unique_ptr<Streams> streams);

    Result<void> finish();

    std::unique_ptr<Streams> m_streams;
};

} // namespace boxgate
