#include "core/machine/consolelog.h"

namespace boxgate {

namespace {

constexpr qsizetype TailBytes = 16 * 1024;

} // namespace

ConsoleLog::ConsoleLog(const QString &path, qint64 maxBytes)
    : m_maxBytes(maxBytes)
    , m_file(path)
{ }

Result<void> ConsoleLog::open()
{
    if (m_file.exists() && m_file.size() > 0 && !rotate())
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot rotate the console log %1: %2")
                        .arg(m_file.fileName(), m_file.errorString()));
    // Unbuffered: whoever follows the log sees the last line of a guest that hangs.
    if (!m_file.isOpen() && !m_file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered))
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot write the console log %1: %2")
                        .arg(m_file.fileName(), m_file.errorString()));
    return {};
}

void ConsoleLog::append(const QByteArray &bytes)
{
    m_tail.append(bytes.right(TailBytes));
    if (m_tail.size() > 2 * TailBytes)
        m_tail = m_tail.right(TailBytes);

    for (qsizetype begin = 0; begin < bytes.size();) {
        if (m_file.size() >= m_maxBytes && !rotate())
            return;
        const qsizetype room = qsizetype(m_maxBytes - m_file.size());
        const qsizetype count = std::min(bytes.size() - begin, room);
        if (m_file.write(bytes.constData() + begin, count) != count)
            return;
        begin += count;
    }
}

bool ConsoleLog::rotate()
{
    m_file.close();
    const QString older = m_file.fileName() + QStringLiteral(".1");
    QFile::remove(older);
    const bool moved = QFile::rename(m_file.fileName(), older) || QFile::remove(m_file.fileName());
    return moved && m_file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered);
}

QByteArray ConsoleLog::tail(qsizetype maxBytes) const
{
    const qsizetype wanted = std::min(maxBytes, TailBytes);
    if (m_tail.size() <= wanted)
        return m_tail;
    QByteArray end = m_tail.right(wanted);
    const qsizetype line = end.indexOf('\n');
    if (line >= 0 && line + 1 < end.size())
        end.remove(0, line + 1);
    return end;
}

} // namespace boxgate
