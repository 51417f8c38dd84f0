#pragma once

#include "core/client/boxservice.h"

#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// What this host gives to boxes, asked anew by refresh().
/// Thread: main. The service outlives it.
class HostFacts : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(bool known READ isKnown NOTIFY changed FINAL)
    Q_PROPERTY(QString version READ version NOTIFY changed FINAL)
    Q_PROPERTY(QString accelerator READ accelerator NOTIFY changed FINAL)
    Q_PROPERTY(QString acceleratorReason READ acceleratorReason NOTIFY changed FINAL)
    /// Label and value by turns.
    Q_PROPERTY(QStringList facts READ facts NOTIFY changed FINAL)
    Q_PROPERTY(QStringList problems READ problems NOTIFY changed FINAL)
    /// Names of the images that are here already, for suggestions.
    Q_PROPERTY(QStringList images READ images NOTIFY changed FINAL)

public:
    explicit HostFacts(BoxService *service, QObject *parent = nullptr);

    bool isKnown() const { return m_host.has_value(); }
    QString version() const { return m_host ? m_host->version : QString(); }
    QString accelerator() const { return m_host ? m_host->accelerator : QString(); }
    QString acceleratorReason() const { return m_host ? m_host->acceleratorReason : QString(); }
    QStringList facts() const;
    QStringList problems() const { return m_problems; }
    QStringList images() const { return m_images; }

    /// The upper bounds of a box; generous while the host is not known.
    Bytes memory() const { return m_host ? m_host->memory : Bytes::fromGibi(1024); }
    int cpus() const { return m_host ? m_host->cpus : 1024; }

    Q_INVOKABLE void refresh();

Q_SIGNALS:
    void changed();

private:
    QCoro::Task<void> load();

    BoxService *m_service;
    bool m_loading = false;
    std::optional<HostSummary> m_host;
    QStringList m_problems;
    QStringList m_images;
};

} // namespace boxgate::ui
