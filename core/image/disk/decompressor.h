#pragma once

#include "core/base/result.h"

#include <QByteArray>

#include <functional>
#include <memory>

namespace boxgate {

/// Undoes a blob's compression as a stream: gzip by isa-l (two to three times as fast as zlib), zstd or none
/// by libarchive. Thread: any, one at a time. Memory: a few hundred KiB, and zstd's window of at most 128
/// MiB.
class Decompressor
{
public:
    /// The next bytes of the blob, valid until the next call; empty at its end.
    using Source = std::function<Result<QByteArray>()>;

    /// Looks at the first bytes to choose.
    /// Errors   those of source; Corrupt: damaged at its begin
    static Result<std::unique_ptr<Decompressor>> open(Source source);
    virtual ~Decompressor() = default;
    Q_DISABLE_COPY(Decompressor)

    /// Fills to with plain bytes.
    /// Returns  how many: as many as size but for the end, where it is 0
    /// Errors   those of source; Corrupt: damaged or cut off
    virtual Result<std::size_t> read(char *to, std::size_t size) = 0;

protected:
    Decompressor() = default;
};

} // namespace boxgate
