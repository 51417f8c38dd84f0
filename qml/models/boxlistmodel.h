#pragma once

#include "core/client/boxservice.h"
#include "qml/models/trafficstore.h"

#include <QAbstractListModel>
#include <QElapsedTimer>
#include <QSet>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// All boxes, one row each, in the order of their names.
///
/// Thread: main. Rows come and go one by one, never by a reset. A change of state, name or network is told at
/// once; rates and usage in one batch at most once a second; running times once a minute. A role that shows
/// the same text is not told.
class BoxListModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(bool ready READ isReady NOTIFY readyChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    Q_PROPERTY(int runningCount READ runningCount NOTIFY totalsChanged FINAL)
    Q_PROPERTY(QString downText READ downText NOTIFY totalsChanged FINAL)
    Q_PROPERTY(QString upText READ upText NOTIFY totalsChanged FINAL)

public:
    enum Role
    {
        IdRole = Qt::UserRole,
        NameRole,
        ImageRole,
        StateRole,
        StateTextRole,
        NetworkRole,
        NetworkTextRole,
        ExposedRole,
        MemoryRole,
        UptimeRole,
        DownRole,
        UpRole,
        SeriesRole
    };

    BoxListModel(BoxService *service, TrafficStore *traffic, QObject *parent = nullptr);

    bool isReady() const { return m_ready; }
    int count() const { return int(m_rows.size()); }
    int runningCount() const { return m_runningCount; }
    QString downText() const { return m_downText; }
    QString upText() const { return m_upText; }

    BoxId idAt(int row) const;
    int rowOf(const BoxId &id) const;
    QStringList names() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void readyChanged();
    void countChanged();
    void totalsChanged();

private:
    /// What a row shows, as shown.
    struct Row
    {
        BoxId id;
        QHash<int, QVariant> shown;
        QDateTime startedAt; ///< null when it has no runner
    };

    void load();
    void insert(const BoxSummary &box);
    void onBoxChanged(const BoxId &id);
    void onBoxRemoved(const BoxId &id);
    void onRateChanged(const BoxId &id);
    QHash<int, QVariant> shownOf(const BoxSummary &box) const;
    void show(int row, const QHash<int, QVariant> &values);
    void flush();
    void refreshUptimes();
    void updateTotals();

    BoxService *m_service;
    TrafficStore *m_traffic;
    QList<Row> m_rows;
    bool m_ready = false;
    int m_runningCount = 0;
    QString m_downText;
    QString m_upText;
    QSet<BoxId> m_dirty; ///< boxes whose numbers wait for the next batch
    QTimer m_batch;
    QTimer m_minute;
    QElapsedTimer m_lastBatch;
};

} // namespace boxgate::ui
