#pragma once

#include "core/client/boxservice.h"
#include "qml/models/consoletext.h"

#include <QAbstractListModel>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// One log of one box as lines, read from its end on as it grows. At most MaxLines are kept; the oldest go
/// first.
///
/// Thread: main. The service outlives it. It reads only while active, and of a box without a runner only to
/// the end.
class ConsoleLog : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(QString boxId READ boxId WRITE setBoxId NOTIFY sourceChanged FINAL)
    /// "output", "console" or "runner".
    Q_PROPERTY(QString kind READ kind WRITE setKind NOTIFY sourceChanged FINAL)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged FINAL)

public:
    enum Role
    {
        TextRole = Qt::UserRole
    };
    static constexpr int MaxLines = 5000;
    static constexpr qint64 ChunkBytes = 64 * 1024;

    explicit ConsoleLog(BoxService *service, QObject *parent = nullptr);

    QString boxId() const { return m_id.toString(); }
    void setBoxId(const QString &boxId);
    QString kind() const;
    void setKind(const QString &kind);
    bool isActive() const { return m_active; }
    void setActive(bool active);
    int count() const { return int(m_lines.size()); }
    QString problem() const { return m_problem; }

    /// All lines, for the clipboard.
    Q_INVOKABLE QString allText() const { return m_lines.join(u'\n'); }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void sourceChanged();
    void activeChanged();
    void countChanged();
    void problemChanged();

private:
    void restart();
    void poll();
    QCoro::Task<void> read();
    void take(const LogChunk &chunk);
    void append(const QStringList &lines);
    void setProblem(const QString &problem);

    BoxService *m_service;
    BoxId m_id;
    LogKind m_kind = LogKind::Console;
    bool m_active = false;
    bool m_reading = false;
    quint64 m_source = 0; ///< counts changes of box or kind: an answer for an older one is dropped
    qint64 m_offset = 0; ///< bytes
    ConsoleText m_text;
    QStringList m_lines;
    QString m_problem;
    QTimer m_timer;
};

} // namespace boxgate::ui
