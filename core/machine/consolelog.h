#pragma once

#include "core/base/result.h"

#include <QFile>
#include <QString>

namespace boxgate {

/// The guest's console as a file of bounded size: at maxBytes the file becomes "<path>.1", replacing the
/// older one, and a new one begins. The bytes are kept as they are; who shows them on a terminal filters
/// them.
///
/// Invariant: the two files together never exceed 2 * maxBytes. A disk that is full loses console output,
/// nothing else.
class ConsoleLog
{
public:
    static constexpr qint64 DefaultMaxBytes = 1 << 20;

    explicit ConsoleLog(const QString &path, qint64 maxBytes = DefaultMaxBytes);

    /// Begins a new run: rotates what an earlier one left.
    Result<void> open();

    void append(const QByteArray &bytes);

    /// The last bytes written in this run, at most maxBytes (bounded by 16 KiB), from the beginning of a
    /// line.
    QByteArray tail(qsizetype maxBytes) const;

private:
    bool rotate();

    const qint64 m_maxBytes;
    QFile m_file;
    QByteArray m_tail;
};

} // namespace boxgate
