#include "core/client/boxlog.h"

#include <QFile>

namespace boxgate {

namespace {

constexpr qint64 BackwardStep = 64 * 1024;

/// Errors   as readLogChunk(); a missing file opens as an empty one does: not at all
Result<bool> openLog(QFile &file)
{
    if (file.open(QIODevice::ReadOnly))
        return true;
    if (!file.exists())
        return false;
    return fail(ErrorCode::Io,
                QStringLiteral("Cannot read the log %1: %2").arg(file.fileName(), file.errorString()));
}

} // namespace

QString logPath(const Paths &paths, const BoxId &id, LogKind kind)
{
    switch (kind) {
    case LogKind::Output:
        return paths.boxOutputLog(id.toString());
    case LogKind::Console:
        return paths.boxConsoleLog(id.toString());
    case LogKind::Runner:
        break;
    }
    return paths.boxRunnerLog(id.toString());
}

Result<LogChunk> readLogChunk(const QString &path, qint64 offset, qint64 maxBytes)
{
    QFile file(path);
    const Result<bool> opened = openLog(file);
    BOXGATE_TRY(opened);
    LogChunk chunk;
    if (!*opened)
        return chunk;
    const qint64 size = file.size();
    qint64 from = offset < 0 ? std::max<qint64>(0, size + offset) : offset;
    if (from > size) {
        chunk.truncated = true;
        from = 0;
    }
    file.seek(from);
    chunk.bytes = file.read(maxBytes);
    chunk.nextOffset = from + chunk.bytes.size();
    return chunk;
}

Result<qint64> offsetOfLastLines(const QString &path, int lines)
{
    QFile file(path);
    const Result<bool> opened = openLog(file);
    BOXGATE_TRY(opened);
    if (!*opened)
        return 0;
    const qint64 size = file.size();
    if (lines <= 0)
        return size;
    qint64 end = size;
    // The feed that ends the last line does not begin another.
    int wanted = lines + 1;
    bool isLast = true;
    while (end > 0) {
        const qint64 begin = std::max<qint64>(0, end - BackwardStep);
        file.seek(begin);
        const QByteArray block = file.read(end - begin);
        for (qsizetype i = block.size() - 1; i >= 0; --i) {
            if (isLast && block[i] != '\n')
                --wanted;
            isLast = false;
            if (block[i] == '\n' && --wanted == 0)
                return begin + i + 1;
        }
        end = begin;
    }
    return 0;
}

} // namespace boxgate
