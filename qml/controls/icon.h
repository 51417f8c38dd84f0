#pragma once

#include <QColor>
#include <QQuickPaintedItem>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// One of the shipped line icons in one colour, sharp at every scale. Decoration: what it means is said by
/// the name or the text beside it. Painted once, again only when name, colour or size change.
class Icon : public QQuickPaintedItem
{
    Q_OBJECT
    QML_ELEMENT
    /// File name in resources/icons without suffix, such as "globe"; empty draws nothing.
    Q_PROPERTY(QString name MEMBER m_name WRITE setName NOTIFY changed FINAL)
    Q_PROPERTY(QColor color MEMBER m_color WRITE setColor NOTIFY changed FINAL)

public:
    explicit Icon(QQuickItem *parent = nullptr);

    void setName(const QString &name);
    void setColor(const QColor &color);

    void paint(QPainter *painter) override;

Q_SIGNALS:
    void changed();

private:
    QString m_name;
    QColor m_color = Qt::black;
};

} // namespace boxgate::ui
