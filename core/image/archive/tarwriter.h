#pragma once

#include "core/base/result.h"

#include <QByteArray>

#include <functional>
#include <memory>

namespace boxgate {

/// Writes a tar of files, piece by piece, the same bytes for the same files: all of mode 0644, owned by root,
/// of the time 0. Thread: any, one at a time.
class TarWriter
{
public:
    using Sink = std::function<Result<void>(const char *data, qint64 size)>;

    explicit TarWriter(Sink sink);
    ~TarWriter();

    /// Begins a file; size bytes of write() follow.
    /// Errors   those of sink; Internal
    Result<void> beginFile(const QByteArray &name, qint64 size);
    Result<void> write(const char *data, qint64 size);
    Result<void> addFile(const QByteArray &name, const QByteArray &bytes);
    Result<void> finish();

private:
    struct Stream;

    std::unique_ptr<Stream> m_stream;
};

} // namespace boxgate
