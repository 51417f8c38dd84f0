#include "qml/models/portlist.h"

#include <QRegularExpression>
#include <QStringList>

#include <algorithm>

namespace boxgate::ui {

Result<QList<quint16>> parsePortList(const QString &text)
{
    static const QRegularExpression separator(QStringLiteral("[,\\s]+"));
    QList<quint16> ports;
    const QStringList words = text.split(separator, Qt::SkipEmptyParts);
    for (const QString &word : words) {
        bool isNumber = false;
        const quint16 port = word.toUShort(&isNumber);
        if (!isNumber || port == 0)
            return fail(
                ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not a port: write numbers from 1 to 65535").arg(word.left(40)));
        if (!ports.contains(port))
            ports.append(port);
    }
    if (ports.isEmpty())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("Name at least one port, such as 8080"));
    std::ranges::sort(ports);
    return ports;
}

QString toDisplay(const QList<quint16> &ports)
{
    QStringList words;
    for (const quint16 port : ports)
        words.append(QString::number(port));
    return words.join(QStringLiteral(", "));
}

} // namespace boxgate::ui
