#include "qml/models/selectedbox.h"

#include "qml/models/boxtext.h"
#include "qml/models/commandline.h"
#include "qml/models/portlist.h"

#include <QLocale>
#include <QRegularExpression>

namespace boxgate::ui {

SelectedBox::SelectedBox(BoxService *service, BoxActions *actions, TrafficStore *traffic, QObject *parent)
    : QObject(parent)
    , m_service(service)
    , m_actions(actions)
    , m_traffic(traffic)
{
    const auto refreshIfMine = [this](const BoxId &id) {
        if (id == m_id)
            refresh();
    };
    connect(service, &BoxService::boxChanged, this, refreshIfMine);
    connect(service, &BoxService::boxRemoved, this, [this](const BoxId &id) {
        if (id == m_id)
            setBoxId({});
    });
    connect(traffic, &TrafficStore::rateChanged, this, [this](const BoxId &id) {
        if (id == m_id)
            Q_EMIT trafficChanged();
    });
    connect(actions, &BoxActions::networkPendingChanged, this, [this](const BoxId &id) {
        if (id == m_id)
            Q_EMIT networkPendingChanged();
    });
    m_minute.setInterval(std::chrono::seconds(20));
    m_minute.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_minute, &QTimer::timeout, this, &SelectedBox::refreshFacts);
    m_minute.start();
}

void SelectedBox::setBoxId(const QString &boxId)
{
    const BoxId id = BoxId::parse(boxId).value_or(BoxId());
    if (id == m_id)
        return;
    m_id = id;
    Q_EMIT boxIdChanged();
    Q_EMIT networkPendingChanged();
    refresh();
    Q_EMIT trafficChanged();
}

void SelectedBox::refresh()
{
    const std::optional<BoxSummary> before = std::exchange(m_box, m_service->box(m_id));
    const bool isSame = before && m_box && before->id == m_box->id && before->state == m_box->state
        && before->stage == m_box->stage && before->spec == m_box->spec
        && before->hasInterface == m_box->hasInterface && before->lastExit == m_box->lastExit;
    if (!isSame)
        Q_EMIT changed();
    if (!before || !m_box || before->counters != m_box->counters)
        Q_EMIT trafficChanged();
    refreshFacts();
}

void SelectedBox::refreshFacts()
{
    QStringList facts;
    if (m_box) {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const auto add = [&facts](const QString &label, const QString &value) {
            if (!value.isEmpty())
                facts << label << value;
        };
        add(QStringLiteral("Image"), image());
        add(QStringLiteral("Running for"), uptimeText(*m_box, now));
        if (!m_box->hasRunner())
            add(QStringLiteral("Last run"), lastExitText(m_box->lastExit, now));
        add(QStringLiteral("Memory"), memoryText(*m_box));
        const bool isRunning = m_box->state == BoxState::Running;
        add(QStringLiteral("CPUs"),
            isRunning
                ? QStringLiteral("%1, %2 % in use").arg(m_box->spec.cpus).arg(qRound(m_box->usage.cpuPercent))
                : QString::number(m_box->spec.cpus));
        const QString disk = m_box->spec.disk.toDisplay();
        add(QStringLiteral("Disk"),
            isRunning && m_box->usage.diskTotal > 0 ? QStringLiteral("%1 of %2")
                                                          .arg(Bytes(m_box->usage.diskUsed).toDisplay(),
                                                               Bytes(m_box->usage.diskTotal).toDisplay())
                                                    : disk);
        add(QStringLiteral("Accelerator"), m_box->accelerator);
        QStringList command;
        for (const QString &word : m_box->spec.command)
            command.append(shellQuoted(word));
        add(QStringLiteral("Command"),
            command.isEmpty() ? QStringLiteral("None, stays up idle") : command.join(u' '));
        add(QStringLiteral("Created"),
            QLocale().toString(m_box->createdAt.toLocalTime(), QStringLiteral("d MMM yyyy, HH:mm")));
        add(QStringLiteral("Id"), m_box->id.toString());
    }
    if (facts != m_facts) {
        m_facts = facts;
        Q_EMIT factsChanged();
    }
}

QString SelectedBox::name() const { return m_box ? m_box->spec.name : QString(); }
QString SelectedBox::image() const { return m_box ? m_box->spec.image.toString() : QString(); }
QString SelectedBox::boxState() const { return m_box ? toString(m_box->state) : QString(); }
QString SelectedBox::stateText() const { return m_box ? ui::stateText(*m_box) : QString(); }

QString SelectedBox::failureTitle() const
{
    return m_box && m_box->state == BoxState::Failed && m_box->lastExit ? ui::failureTitle(*m_box->lastExit)
                                                                        : QString();
}

QString SelectedBox::failureReason() const
{
    return failureTitle().isEmpty() ? QString() : m_box->lastExit->message;
}

QString SelectedBox::failureTail() const
{
    return failureTitle().isEmpty() ? QString() : m_box->lastExit->consoleTail.trimmed();
}

QString SelectedBox::networkMode() const { return m_box ? toString(m_box->spec.network.mode) : QString(); }
QString SelectedBox::networkText() const { return m_box ? ui::networkText(*m_box) : QString(); }
QString SelectedBox::hostLoopback() const
{
    return m_box ? toString(m_box->spec.network.hostLoopback) : QString();
}

QString SelectedBox::loopbackPorts() const
{
    return m_box ? toDisplay(m_box->spec.network.hostLoopbackPorts) : QString();
}

QString SelectedBox::allowNet() const { return m_box ? m_box->spec.network.allowNet.join(u'\n') : QString(); }

QStringList SelectedBox::portMappings() const
{
    QStringList texts;
    if (m_box) {
        for (const PortMapping &port : m_box->spec.network.ports)
            texts.append(port.toString());
    }
    return texts;
}

QString SelectedBox::receivedText() const
{
    return m_box ? Bytes(m_box->counters.bytesReceived).toDisplay() : QString();
}

QString SelectedBox::sentText() const
{
    return m_box ? Bytes(m_box->counters.bytesSent).toDisplay() : QString();
}

QString SelectedBox::blockedText() const
{
    return m_box ? QLocale().toString(m_box->counters.packetsBlocked) : QString();
}

QString SelectedBox::connectionsText() const
{
    return m_box ? QLocale().toString(m_box->counters.tcpOpen) : QString();
}

QString SelectedBox::downText() const { return rateToDisplay(double(m_traffic->latest(m_id).bytesReceived)); }
QString SelectedBox::upText() const { return rateToDisplay(double(m_traffic->latest(m_id).bytesSent)); }
QString SelectedBox::commandLine() const { return m_box ? runCommandLine(m_box->spec) : QString(); }

void SelectedBox::start()
{
    if (canStart())
        m_actions->start(m_id);
}

void SelectedBox::stop()
{
    if (canStop())
        m_actions->stop(m_id);
}

void SelectedBox::kill()
{
    if (m_box && m_box->hasRunner())
        m_actions->kill(m_id);
}

void SelectedBox::restart()
{
    if (canStop())
        m_actions->restart(m_id);
}

void SelectedBox::remove()
{
    if (m_box)
        m_actions->remove(m_id);
}

void SelectedBox::apply(const NetworkSpec &network)
{
    if (m_box && network != m_box->spec.network)
        m_actions->setNetwork(m_id, network);
}

void SelectedBox::switchNetwork()
{
    if (!m_box)
        return;
    NetworkSpec network = m_box->spec.network;
    if (network.mode != NetworkMode::Off)
        network.mode = NetworkMode::Off;
    else
        network.mode = network.allowNet.isEmpty() ? NetworkMode::Open : NetworkMode::Allowlist;
    apply(network);
}

void SelectedBox::setNetworkMode(const QString &mode)
{
    const Result<NetworkMode> parsed = networkModeFromString(mode);
    if (!m_box || !parsed)
        return;
    NetworkSpec network = m_box->spec.network;
    network.mode = *parsed;
    apply(network);
}

QString SelectedBox::setHostLoopback(const QString &setting, const QString &ports)
{
    const Result<HostLoopback> parsed = hostLoopbackFromString(setting);
    if (!m_box || !parsed)
        return parsed ? QString() : parsed.error().message;
    NetworkSpec network = m_box->spec.network;
    network.hostLoopback = *parsed;
    if (*parsed == HostLoopback::Ports) {
        const Result<QList<quint16>> list = parsePortList(ports);
        if (!list)
            return list.error().message;
        network.hostLoopbackPorts = *list;
    }
    apply(network);
    return {};
}

void SelectedBox::setAllowNet(const QString &rules)
{
    static const QRegularExpression separator(QStringLiteral("[,\\s]+"));
    if (!m_box)
        return;
    NetworkSpec network = m_box->spec.network;
    network.allowNet = rules.split(separator, Qt::SkipEmptyParts);
    network.allowNet.removeDuplicates();
    apply(network);
}

} // namespace boxgate::ui
