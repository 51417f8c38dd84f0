#include "qml/models/exposuremodel.h"

#include "qml/models/boxtext.h"
#include "qml/models/portlist.h"
#include "qml/models/selectedbox.h"

#include <algorithm>

namespace boxgate::ui {

namespace {

QString descriptionOf(const HostListener &listener)
{
    QString text = QStringLiteral("%1:%2/%3")
                       .arg(listener.address.toString())
                       .arg(listener.port)
                       .arg(toString(listener.protocol));
    if (!listener.processName.isEmpty())
        text += QStringLiteral(", %1 (%2)").arg(listener.processName).arg(listener.pid);
    if (listener.sensitive)
        text += QStringLiteral(": gives away data or control of this machine");
    return text;
}

} // namespace

ExposureModel::ExposureModel(BoxService *service, SelectedBox *selected, QObject *parent)
    : QAbstractListModel(parent)
    , m_service(service)
    , m_selected(selected)
{
    connect(service, &BoxService::hostListenersChanged, this, &ExposureModel::refresh);
    connect(selected, &SelectedBox::changed, this, &ExposureModel::refresh);
}

QList<HostListener> ExposureModel::exposed() const
{
    const std::optional<BoxSummary> &box = m_selected->summary();
    if (!box || !exposesLoopbackNow(*box))
        return {};
    QList<PortMapping> published;
    for (const BoxSummary &one : m_service->boxes())
        published += one.ports;
    QList<HostListener> listeners = exposureOf(box->spec.network, m_service->hostListeners(), published);
    std::ranges::stable_partition(listeners, &HostListener::sensitive);
    return listeners;
}

void ExposureModel::refresh()
{
    const QList<HostListener> wanted = exposed();
    if (wanted == m_listeners)
        return;
    for (int row = int(m_listeners.size()) - 1; row >= 0; --row) {
        if (!wanted.contains(m_listeners[row])) {
            beginRemoveRows({}, row, row);
            m_listeners.removeAt(row);
            endRemoveRows();
        }
    }
    // Both are sorted alike, and what is left is a part of wanted.
    for (int row = 0; row < wanted.size(); ++row) {
        if (row >= m_listeners.size() || m_listeners[row] != wanted[row]) {
            beginInsertRows({}, row, row);
            m_listeners.insert(row, wanted[row]);
            endInsertRows();
        }
    }
    Q_EMIT countChanged();
}

int ExposureModel::sensitiveCount() const
{
    return int(std::ranges::count_if(m_listeners, &HostListener::sensitive));
}

QString ExposureModel::summary() const
{
    QStringList words;
    for (const HostListener &listener : m_listeners)
        words.append(QStringLiteral("%1 %2").arg(listener.port).arg(listener.label()));
    return words.join(QStringLiteral(", "));
}

QString ExposureModel::harmlessPorts() const
{
    QList<quint16> ports;
    for (const HostListener &listener : m_listeners) {
        if (!listener.sensitive && !ports.contains(listener.port))
            ports.append(listener.port);
    }
    return toDisplay(ports);
}

int ExposureModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : count(); }

QVariant ExposureModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const HostListener &listener = m_listeners[index.row()];
    switch (role) {
    case PortRole:
        return listener.port;
    case ProtocolRole:
        return toString(listener.protocol);
    case Qt::DisplayRole:
    case LabelRole:
        return listener.processName.isEmpty() && listener.service.isEmpty() ? QStringLiteral("unknown")
                                                                            : listener.label();
    case SensitiveRole:
        return listener.sensitive;
    case DescriptionRole:
        return descriptionOf(listener);
    default:
        return {};
    }
}

QHash<int, QByteArray> ExposureModel::roleNames() const
{
    return {{PortRole, "port"},
            {ProtocolRole, "protocol"},
            {LabelRole, "label"},
            {SensitiveRole, "sensitive"},
            {DescriptionRole, "description"}};
}

} // namespace boxgate::ui
