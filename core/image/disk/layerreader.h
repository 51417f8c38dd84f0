#pragma once

#include "core/image/disk/layerstream.h"

#include <functional>
#include <memory>
#include <optional>

namespace boxgate {

/// Reads a layer's tar entry by entry.
///
/// Thread: any, one at a time. The stream is hostile: what it names is returned as it is and must go through
/// LayerTree. Digests are checked when the last entry has been read, so nothing of a layer may be used before
/// next() returned nullopt.
class LayerReader
{
public:
    /// Called with bytes of a file in rising order; gaps are holes.
    using Sink = std::function<Result<void>(quint64 offset, const char *data, std::size_t size)>;

    /// Errors   Corrupt: no tar; those of the stream
    static Result<std::unique_ptr<LayerReader>> open(std::unique_ptr<LayerStream> stream);
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
    struct Tar;

    explicit LayerReader(std::unique_ptr<Tar> tar);

    std::unique_ptr<Tar> m_tar;
};

} // namespace boxgate
