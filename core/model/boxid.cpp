#include "core/model/boxid.h"

#include <QRandomGenerator>
#include <QRegularExpression>

namespace boxgate {

BoxId BoxId::random()
{
    const quint64 bits = QRandomGenerator::system()->generate64() & 0xffff'ffff'ffffULL;
    return BoxId(QStringLiteral("%1").arg(bits, 12, 16, QLatin1Char('0')));
}

Result<BoxId> BoxId::parse(const QString &text)
{
    static const QRegularExpression pattern(QStringLiteral("\\A[0-9a-f]{12}\\z"));
    if (!pattern.match(text).hasMatch())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a box id: it has 12 hexadecimal digits").arg(text));
    return BoxId(text);
}

} // namespace boxgate
