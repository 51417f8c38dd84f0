#include "qml/models/newboxform.h"

#include "core/model/boxname.h"
#include "qml/models/commandline.h"

#include <QPointer>

namespace boxgate::ui {

NewBoxForm::NewBoxForm(BoxActions *actions, BoxListModel *boxes, HostFacts *host, QObject *parent)
    : QObject(parent)
    , m_actions(actions)
    , m_boxes(boxes)
    , m_host(host)
{
    connect(this, &NewBoxForm::edited, this, &NewBoxForm::check);
    connect(host, &HostFacts::changed, this, &NewBoxForm::check);
    connect(boxes, &BoxListModel::countChanged, this, &NewBoxForm::check);
    reset();
}

void NewBoxForm::reset()
{
    const BoxSpec defaults;
    m_name = suggestBoxName(m_boxes->names());
    m_image = m_host->images().value(0, QStringLiteral("builtin/busybox"));
    m_cpus = defaults.cpus;
    m_memory = defaults.memory.toDisplay();
    m_disk = defaults.disk.toDisplay();
    m_command.clear();
    m_networkMode = toString(defaults.network.mode);
    m_reachesLoopback = defaults.network.hostLoopback != HostLoopback::Off;
    m_startAtOnce = true;
    m_failure.clear();
    Q_EMIT busyChanged();
    Q_EMIT edited();
}

QString NewBoxForm::checkAlone(const BoxSpec &spec) const
{
    const Result<void> result = spec.check(m_host->memory(), m_host->cpus());
    return result ? QString() : result.error().message;
}

QString NewBoxForm::checkName() const
{
    const Result<QString> checked = checkBoxName(m_name);
    if (!checked)
        return checked.error().message;
    if (!m_busy && m_boxes->names().contains(m_name))
        return QStringLiteral("There is a box named %1 already").arg(m_name);
    return {};
}

void NewBoxForm::check()
{
    BoxSpec right; // all defaults: only the field under test can be wrong
    right.name = QStringLiteral("box");
    m_spec = right;
    m_spec.name = m_name;
    m_nameError = checkName();

    const Result<ImageRef> image = ImageRef::parse(m_image.trimmed());
    m_imageError = image ? QString() : image.error().message;
    m_spec.image = image.value_or(ImageRef());

    BoxSpec probe = right;
    probe.cpus = m_spec.cpus = m_cpus;
    m_cpusError = checkAlone(probe);

    probe = right;
    const Result<Bytes> memory = Bytes::parse(m_memory, Bytes::fromMebi(1));
    probe.memory = m_spec.memory = memory.value_or(right.memory);
    m_memoryError = memory ? checkAlone(probe) : memory.error().message;

    probe = right;
    const Result<Bytes> disk = Bytes::parse(m_disk, Bytes::fromMebi(1));
    probe.disk = m_spec.disk = disk.value_or(right.disk);
    m_diskError = disk ? checkAlone(probe) : disk.error().message;

    const Result<QStringList> command = shellSplit(m_command);
    m_commandError = command ? QString() : command.error().message;
    m_spec.command = command.value_or(QStringList());

    m_spec.network.mode = networkModeFromString(m_networkMode).value_or(NetworkMode::Open);
    m_spec.network.hostLoopback = m_reachesLoopback ? HostLoopback::Open : HostLoopback::Off;

    m_valid = m_nameError.isEmpty() && m_imageError.isEmpty() && m_cpusError.isEmpty()
        && m_memoryError.isEmpty() && m_diskError.isEmpty() && m_commandError.isEmpty();
    Q_EMIT checked();
}

QString NewBoxForm::commandLine() const { return m_valid ? runCommandLine(m_spec) : QString(); }

void NewBoxForm::submit()
{
    if (!m_valid || m_busy)
        return;
    m_busy = true;
    m_failure.clear();
    Q_EMIT busyChanged();
    const QPointer<NewBoxForm> self(this);
    m_actions->create(m_spec, m_startAtOnce, [self](const Result<BoxId> &result) {
        if (!self)
            return;
        self->m_busy = false;
        if (!result)
            self->m_failure = result.error().message;
        Q_EMIT self->busyChanged();
        if (result)
            Q_EMIT self->created(result->toString());
    });
}

} // namespace boxgate::ui
