#include "qml/models/workspace.h"

#include <QClipboard>
#include <QGuiApplication>

namespace boxgate::ui {

Workspace::Workspace(BoxService *service, const QString &preferencesFile, QObject *parent)
    : QObject(parent)
    , m_actions(service, &m_tasks)
    , m_traffic(service)
    , m_boxes(service, &m_traffic)
    , m_shownBoxes(&m_boxes)
    , m_selected(service, &m_actions, &m_traffic)
    , m_exposure(service, &m_selected)
    , m_log(service)
    , m_host(service)
    , m_newBox(&m_actions, &m_boxes, &m_host)
    , m_preferences(preferencesFile)
{
    connect(&m_boxes, &QAbstractItemModel::rowsInserted, this, &Workspace::keepSelection);
    connect(&m_boxes, &QAbstractItemModel::rowsRemoved, this, &Workspace::keepSelection);
    connect(&m_selected, &SelectedBox::boxIdChanged, this, [this] {
        if (const int row = m_shownBoxes.rowOf(m_selected.boxId()); row >= 0)
            m_lastRow = row;
        m_log.setBoxId(m_selected.boxId());
        keepSelection();
    });
    connect(&m_newBox, &NewBoxForm::created, &m_selected, &SelectedBox::setBoxId);
    connect(service, &BoxService::failed, this,
            [this](const Error &error) { m_tasks.addFailure(QStringLiteral("Boxgate"), error); });
    keepSelection();
    m_host.refresh();
}

void Workspace::keepSelection()
{
    if (!m_selected.boxId().isEmpty() || m_boxes.count() == 0)
        return;
    const int row = std::clamp(m_lastRow, 0, m_boxes.count() - 1);
    m_selected.setBoxId(m_boxes.idAt(row).toString());
}

void Workspace::copy(const QString &text) { QGuiApplication::clipboard()->setText(text); }

} // namespace boxgate::ui
