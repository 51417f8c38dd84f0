#include "core/machine/qmpreader.h"

#include <QJsonDocument>

#include <algorithm>

namespace boxgate {

namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Enough of a broken message to recognise it in the log.
constexpr qsizetype MaxQuotedBytes = 200;

} // namespace

void QmpReader::feed(QByteArrayView bytes)
{
    if (!m_error)
        m_buffer.append(bytes.data(), bytes.size());
}

/// Returns the length of the object at the front of m_buffer, 0 while it is incomplete, -1 when there is
/// none.
qsizetype QmpReader::findEnd()
{
    for (; m_scanned < m_buffer.size(); ++m_scanned) {
        const char c = m_buffer.at(m_scanned);
        if (m_inString) {
            if (m_escaped)
                m_escaped = false;
            else if (c == '\\')
                m_escaped = true;
            else if (c == '"')
                m_inString = false;
            continue;
        }
        if (m_depth == 0 && c != '{')
            return -1;
        if (c == '"')
            m_inString = true;
        else if (c == '{' || c == '[')
            ++m_depth;
        else if ((c == '}' || c == ']') && --m_depth == 0)
            return ++m_scanned;
    }
    return 0;
}

Result<std::optional<QJsonObject>> QmpReader::next()
{
    if (m_error)
        return fail(*m_error);
    if (m_scanned == 0) {
        const auto begin = std::find_if_not(m_buffer.cbegin(), m_buffer.cend(), isSpace);
        m_buffer.remove(0, begin - m_buffer.cbegin());
    }
    const qsizetype length = findEnd();
    QString why;
    if (length < 0)
        why = QStringLiteral("it is no JSON object");
    else if (std::max(length, m_scanned) > MaxMessageBytes)
        why = QStringLiteral("it is longer than %1 bytes").arg(MaxMessageBytes);
    else if (length == 0)
        return std::optional<QJsonObject>();

    QJsonDocument document;
    if (why.isEmpty()) {
        QJsonParseError problem;
        document = QJsonDocument::fromJson(m_buffer.left(length), &problem);
        if (!document.isObject())
            why = problem.errorString();
    }
    if (!why.isEmpty()) {
        m_error = Error{ErrorCode::Protocol,
                        QStringLiteral("QEMU's monitor sent a message that cannot be read: %1").arg(why),
                        QString::fromLatin1(m_buffer.left(MaxQuotedBytes))};
        m_buffer = QByteArray();
        return fail(*m_error);
    }
    m_buffer.remove(0, length);
    m_scanned = 0;
    return std::optional<QJsonObject>(document.object());
}

} // namespace boxgate
