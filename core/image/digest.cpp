#include "core/image/digest.h"

#include <QCryptographicHash>

#include <algorithm>

namespace boxgate {

namespace {

const QString Prefix = QStringLiteral("sha256:");
constexpr qsizetype HexDigits = 64;

bool isHexDigit(QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); }

} // namespace

Result<Digest> Digest::parse(const QString &text)
{
    const QString hex = text.startsWith(Prefix) ? text.mid(Prefix.size()) : QString();
    if (hex.size() != HexDigits || !std::all_of(hex.begin(), hex.end(), isHexDigit)) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is not a digest: sha256: and 64 hexadecimal digits").arg(text.left(100)));
    }
    Digest digest;
    digest.m_hex = hex;
    return digest;
}

Digest Digest::ofBytes(const QByteArray &bytes)
{
    return fromHash(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256));
}

Digest Digest::fromHash(const QByteArray &hash)
{
    Digest digest;
    digest.m_hex = QString::fromLatin1(hash.toHex());
    return digest;
}

QString Digest::toString() const { return m_hex.isEmpty() ? QString() : Prefix + m_hex; }

} // namespace boxgate
