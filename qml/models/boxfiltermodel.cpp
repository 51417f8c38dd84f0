#include "qml/models/boxfiltermodel.h"

#include <algorithm>

namespace boxgate::ui {

BoxFilterModel::BoxFilterModel(BoxListModel *boxes, QObject *parent)
    : QSortFilterProxyModel(parent)
    , m_boxes(boxes)
{
    setSourceModel(boxes);
    // Rates do not decide who is listed: without this every sample would run the filter again.
    setFilterRole(BoxListModel::NameRole);
    connect(this, &QAbstractItemModel::rowsInserted, this, &BoxFilterModel::countChanged);
    connect(this, &QAbstractItemModel::rowsRemoved, this, &BoxFilterModel::countChanged);
    connect(this, &QAbstractItemModel::modelReset, this, &BoxFilterModel::countChanged);
}

void BoxFilterModel::setFilter(const QString &filter)
{
    const QStringList words = filter.simplified().split(u' ', Qt::SkipEmptyParts);
    if (words == m_words)
        return;
    m_words = words;
    invalidateFilter();
    Q_EMIT filterChanged();
    Q_EMIT countChanged();
}

bool BoxFilterModel::filterAcceptsRow(int sourceRow, const QModelIndex &sourceParent) const
{
    const QModelIndex index = m_boxes->index(sourceRow, 0, sourceParent);
    const QString text = index.data(BoxListModel::NameRole).toString() + u'\n'
        + index.data(BoxListModel::ImageRole).toString() + u'\n'
        + index.data(BoxListModel::StateTextRole).toString();
    return std::ranges::all_of(m_words,
                               [&](const QString &word) { return text.contains(word, Qt::CaseInsensitive); });
}

int BoxFilterModel::rowOf(const QString &boxId) const
{
    const Result<BoxId> id = BoxId::parse(boxId);
    if (!id)
        return -1;
    const int row = m_boxes->rowOf(*id);
    return row < 0 ? -1 : mapFromSource(m_boxes->index(row)).row();
}

QString BoxFilterModel::idAt(int row) const { return index(row, 0).data(BoxListModel::IdRole).toString(); }

} // namespace boxgate::ui
