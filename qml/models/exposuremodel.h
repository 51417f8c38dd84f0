#pragma once

#include "core/client/boxservice.h"

#include <QAbstractListModel>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

class SelectedBox;

/// The services of this host that the selected box reaches through its loopback now: the sensitive ones
/// first, then by port. Empty when the box reaches none.
///
/// Thread: main. The service and the selection outlive it. Rows are told only when they differ.
class ExposureModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    Q_PROPERTY(int sensitiveCount READ sensitiveCount NOTIFY countChanged FINAL)
    /// All of them in one sentence, for screen readers: "5432 postgres, 8081 python3".
    Q_PROPERTY(QString summary READ summary NOTIFY countChanged FINAL)
    /// The ports of those that are not sensitive, as a proposal for "only these ports".
    Q_PROPERTY(QString harmlessPorts READ harmlessPorts NOTIFY countChanged FINAL)

public:
    enum Role
    {
        PortRole = Qt::UserRole,
        ProtocolRole,
        LabelRole,
        SensitiveRole,
        DescriptionRole
    };

    ExposureModel(BoxService *service, SelectedBox *selected, QObject *parent = nullptr);

    int count() const { return int(m_listeners.size()); }
    int sensitiveCount() const;
    QString summary() const;
    QString harmlessPorts() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void countChanged();

private:
    void refresh();
    QList<HostListener> exposed() const;

    BoxService *m_service;
    SelectedBox *m_selected;
    QList<HostListener> m_listeners;
};

} // namespace boxgate::ui
