#include "core/base/bytes.h"

#include <QLocale>
#include <QRegularExpression>

#include <array>
#include <cmath>

namespace boxgate {

namespace {

QString threeDigits(double value)
{
    const int decimals = value < 9.995 && value != std::floor(value)
        ? 2
        : (value < 99.95 && value != std::floor(value) ? 1 : 0);
    QString text = QString::number(value, 'f', decimals);
    if (text.contains(u'.')) {
        while (text.endsWith(u'0'))
            text.chop(1);
        if (text.endsWith(u'.'))
            text.chop(1);
    }
    return text;
}

} // namespace

Result<Bytes> Bytes::parse(const QString &text, Bytes defaultUnit)
{
    static const QRegularExpression pattern(
        QStringLiteral("^\\s*([0-9]+(?:\\.[0-9]+)?)\\s*(?:([kmgt])(?:i?b)?|(b))?\\s*$"),
        QRegularExpression::CaseInsensitiveOption);
    const QRegularExpressionMatch match = pattern.match(text);
    if (!match.hasMatch()) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is not a size: write a number with k, m, g or t, such as 512m or 10g")
                .arg(text));
    }
    double unit = static_cast<double>(defaultUnit.count());
    if (!match.captured(2).isEmpty())
        unit = std::pow(1024.0, 1 + QStringLiteral("kmgt").indexOf(match.captured(2).toLower()));
    else if (!match.captured(3).isEmpty())
        unit = 1;
    const double count = match.captured(1).toDouble() * unit;
    if (count > 9.0e18)
        return fail(ErrorCode::InvalidArgument, QStringLiteral("'%1' is too large a size").arg(text));
    return Bytes(static_cast<quint64>(std::llround(count)));
}

QString Bytes::toDisplay() const
{
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(m_count);
    std::size_t unit = 0;
    while (value >= 1023.5 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return threeDigits(value) + QLatin1Char(' ') + QLatin1String(units[unit]);
}

QString rateToDisplay(double bytesPerSecond)
{
    constexpr std::array units{"B/s", "kB/s", "MB/s", "GB/s"};
    double value = std::max(0.0, bytesPerSecond);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    if (unit == 0)
        value = std::round(value);
    return threeDigits(value) + QLatin1Char(' ') + QLatin1String(units[unit]);
}

} // namespace boxgate
