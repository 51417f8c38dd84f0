#include "qml/models/boxlistmodel.h"

#include "qml/models/boxtext.h"

#include <algorithm>

namespace boxgate::ui {

namespace {

/// The roles that change with every sample; all others are told at once.
bool isNumber(int role)
{
    return role == BoxListModel::MemoryRole || role == BoxListModel::DownRole || role == BoxListModel::UpRole;
}

constexpr int BatchMs = 1000;
/// All samples of one second arrive together: what comes within this time goes into one batch.
constexpr int GatherMs = 60;

} // namespace

BoxListModel::BoxListModel(BoxService *service, TrafficStore *traffic, QObject *parent)
    : QAbstractListModel(parent)
    , m_service(service)
    , m_traffic(traffic)
{
    m_batch.setSingleShot(true);
    connect(&m_batch, &QTimer::timeout, this, &BoxListModel::flush);
    m_minute.setInterval(std::chrono::seconds(20));
    m_minute.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_minute, &QTimer::timeout, this, &BoxListModel::refreshUptimes);
    m_minute.start();
    connect(service, &BoxService::ready, this, &BoxListModel::load);
    connect(service, &BoxService::boxAdded, this, [this](const BoxId &id) {
        if (const auto box = m_service->box(id))
            insert(*box);
    });
    connect(service, &BoxService::boxChanged, this, &BoxListModel::onBoxChanged);
    connect(service, &BoxService::boxRemoved, this, &BoxListModel::onBoxRemoved);
    connect(traffic, &TrafficStore::rateChanged, this, &BoxListModel::onRateChanged);
    updateTotals();
    const QList<BoxSummary> present = service->boxes();
    for (const BoxSummary &box : present)
        insert(box);
}

void BoxListModel::load()
{
    const QList<BoxSummary> present = m_service->boxes();
    for (const BoxSummary &box : present)
        insert(box);
    if (!m_ready) {
        m_ready = true;
        Q_EMIT readyChanged();
    }
}

void BoxListModel::insert(const BoxSummary &box)
{
    if (rowOf(box.id) >= 0)
        return;
    const auto place = std::ranges::find_if(
        m_rows, [&](const Row &row) { return row.shown.value(NameRole).toString() > box.spec.name; });
    const int row = int(place - m_rows.begin());
    beginInsertRows({}, row, row);
    m_rows.insert(row, Row{box.id, shownOf(box), box.hasRunner() ? box.startedAt : QDateTime()});
    endInsertRows();
    Q_EMIT countChanged();
    updateTotals();
}

void BoxListModel::onBoxRemoved(const BoxId &id)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_rows.removeAt(row);
    endRemoveRows();
    m_dirty.remove(id);
    Q_EMIT countChanged();
    updateTotals();
}

QHash<int, QVariant> BoxListModel::shownOf(const BoxSummary &box) const
{
    const bool isRunning = box.state == BoxState::Running;
    const NetSample rate = m_traffic->latest(box.id);
    const NetworkMode network = box.networkWaitsForRestart() ? NetworkMode::Off : box.spec.network.mode;
    return {{NameRole, box.spec.name},
            {ImageRole, box.spec.image.toString()},
            {StateRole, toString(box.state)},
            {StateTextRole, stateText(box)},
            {NetworkRole, toString(network)},
            {NetworkTextRole, networkText(box)},
            {ExposedRole, exposesLoopbackNow(box)},
            {MemoryRole, memoryText(box)},
            {UptimeRole, uptimeText(box, QDateTime::currentDateTimeUtc())},
            {DownRole, isRunning ? rateToDisplay(double(rate.bytesReceived)) : QString()},
            {UpRole, isRunning ? rateToDisplay(double(rate.bytesSent)) : QString()}};
}

void BoxListModel::onBoxChanged(const BoxId &id)
{
    const int row = rowOf(id);
    const auto box = m_service->box(id);
    if (row < 0 || !box)
        return;
    m_rows[row].startedAt = box->hasRunner() ? box->startedAt : QDateTime();
    QHash<int, QVariant> values = shownOf(*box);
    // With a change of state the numbers appear or vanish at once too.
    if (values.value(StateRole) == m_rows[row].shown.value(StateRole)) {
        values.removeIf([](const auto &entry) { return isNumber(entry.key()); });
        onRateChanged(id);
    }
    const bool isRunCountChanged = values.value(StateRole) != m_rows[row].shown.value(StateRole);
    show(row, values);
    if (isRunCountChanged)
        updateTotals();
}

void BoxListModel::onRateChanged(const BoxId &id)
{
    m_dirty.insert(id);
    if (m_batch.isActive())
        return;
    const qint64 since = m_lastBatch.isValid() ? m_lastBatch.elapsed() : BatchMs;
    m_batch.start(int(std::max<qint64>(GatherMs, BatchMs - GatherMs - since)));
}

void BoxListModel::flush()
{
    m_lastBatch.start();
    const QSet<BoxId> dirty = std::exchange(m_dirty, {});
    for (const BoxId &id : dirty) {
        const auto box = m_service->box(id);
        if (const int row = rowOf(id); row >= 0 && box)
            show(row, shownOf(*box));
    }
    updateTotals();
}

void BoxListModel::show(int row, const QHash<int, QVariant> &values)
{
    QList<int> roles;
    QHash<int, QVariant> &shown = m_rows[row].shown;
    for (auto it = values.cbegin(); it != values.cend(); ++it) {
        if (shown.value(it.key()) != it.value()) {
            shown.insert(it.key(), it.value());
            roles.append(it.key());
        }
    }
    if (!roles.isEmpty())
        Q_EMIT dataChanged(index(row), index(row), roles);
}

void BoxListModel::refreshUptimes()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (int row = 0; row < m_rows.size(); ++row) {
        const QDateTime &startedAt = m_rows[row].startedAt;
        if (startedAt.isValid())
            show(row,
                 {{UptimeRole,
                   durationText(std::chrono::seconds(std::max<qint64>(0, startedAt.secsTo(now))))}});
    }
}

void BoxListModel::updateTotals()
{
    double down = 0;
    double up = 0;
    int running = 0;
    for (const Row &row : m_rows) {
        if (row.shown.value(StateRole) != toString(BoxState::Running))
            continue;
        ++running;
        down += double(m_traffic->latest(row.id).bytesReceived);
        up += double(m_traffic->latest(row.id).bytesSent);
    }
    const QString downText = rateToDisplay(down);
    const QString upText = rateToDisplay(up);
    if (running == m_runningCount && downText == m_downText && upText == m_upText)
        return;
    m_runningCount = running;
    m_downText = downText;
    m_upText = upText;
    Q_EMIT totalsChanged();
}

BoxId BoxListModel::idAt(int row) const { return row >= 0 && row < m_rows.size() ? m_rows[row].id : BoxId(); }

int BoxListModel::rowOf(const BoxId &id) const
{
    const auto found = std::ranges::find(m_rows, id, &Row::id);
    return found == m_rows.end() ? -1 : int(found - m_rows.begin());
}

QStringList BoxListModel::names() const
{
    QStringList names;
    for (const Row &row : m_rows)
        names.append(row.shown.value(NameRole).toString());
    return names;
}

int BoxListModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : count(); }

QVariant BoxListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    if (role == IdRole)
        return row.id.toString();
    if (role == SeriesRole)
        return QVariant::fromValue(m_traffic->seriesOf(row.id));
    return row.shown.value(role == Qt::DisplayRole ? int(NameRole) : role);
}

QHash<int, QByteArray> BoxListModel::roleNames() const
{
    return {{IdRole, "boxId"},
            {NameRole, "name"},
            {ImageRole, "image"},
            {StateRole, "boxState"},
            {StateTextRole, "stateText"},
            {NetworkRole, "network"},
            {NetworkTextRole, "networkText"},
            {ExposedRole, "exposed"},
            {MemoryRole, "memory"},
            {UptimeRole, "uptime"},
            {DownRole, "downRate"},
            {UpRole, "upRate"},
            {SeriesRole, "series"}};
}

} // namespace boxgate::ui
