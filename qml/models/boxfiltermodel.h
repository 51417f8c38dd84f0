#pragma once

#include "qml/models/boxlistmodel.h"

#include <QSortFilterProxyModel>

namespace boxgate::ui {

/// The boxes that the list shows: those whose name, image or state holds every word of the filter.
class BoxFilterModel : public QSortFilterProxyModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(QString filter READ filter WRITE setFilter NOTIFY filterChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)

public:
    explicit BoxFilterModel(BoxListModel *boxes, QObject *parent = nullptr);

    QString filter() const { return m_words.join(u' '); }
    void setFilter(const QString &filter);
    int count() const { return rowCount(); }

    /// The row of a box; -1 when the filter hides it.
    Q_INVOKABLE int rowOf(const QString &boxId) const;
    /// Empty for a row that is not there.
    Q_INVOKABLE QString idAt(int row) const;

Q_SIGNALS:
    void filterChanged();
    void countChanged();

protected:
    bool filterAcceptsRow(int sourceRow, const QModelIndex &sourceParent) const override;

private:
    BoxListModel *m_boxes;
    QStringList m_words;
};

} // namespace boxgate::ui
