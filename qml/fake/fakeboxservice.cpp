#include "qml/fake/fakeboxservice.h"

#include <QCoroTimer>
#include <QPointer>

#include <algorithm>

namespace boxgate {

namespace {

tl::unexpected<Error> gone()
{
    return fail(ErrorCode::NotFound, QStringLiteral("There is no such box any more"));
}

} // namespace

FakeBoxService::FakeBoxService(const Options &options, QObject *parent)
    : BoxService(parent)
    , m_options(options)
    , m_listeners(fakeListeners())
    , m_second(QDateTime::currentSecsSinceEpoch())
{
    const QList<FakeBox> boxes = fakeBoxes(options.scenario, QDateTime::currentDateTimeUtc());
    for (const FakeBox &box : boxes)
        add(box);
    connect(&m_timer, &QTimer::timeout, this, &FakeBoxService::tick);
    if (options.clock == Clock::RealTime)
        m_timer.start(std::chrono::seconds(1));
    QMetaObject::invokeMethod(this, &BoxService::ready, Qt::QueuedConnection);
}

FakeBoxService::~FakeBoxService() = default;

void FakeBoxService::add(const FakeBox &box)
{
    const quint32 seed = m_options.seed * 1000 + quint32(m_boxes.size());
    const auto [place, isNew] =
        m_boxes.emplace(box.summary.id, Entry{box, FakeTraffic(box.pattern, seed), {}});
    if (isNew && box.summary.state == BoxState::Running)
        giveHistory(place->second, m_options.history);
}

void FakeBoxService::giveHistory(Entry &entry, int seconds)
{
    for (qint64 second = m_second - seconds; second < m_second; ++second)
        pass(entry, second);
}

NetSample FakeBoxService::pass(Entry &entry, qint64 second) const
{
    BoxSummary &summary = entry.box.summary;
    NetSample sample = entry.traffic.next(second);
    if (summary.spec.network.mode == NetworkMode::Off)
        sample = NetSample{.second = second};
    summary.counters.bytesReceived += sample.bytesReceived;
    summary.counters.bytesSent += sample.bytesSent;
    summary.counters.packetsReceived += sample.bytesReceived / 1400;
    summary.counters.packetsSent += sample.bytesSent / 1400;
    summary.counters.tcpOpen = sample.bytesReceived > 0 ? 3 : 0;
    if (entry.samples.size() >= 3600)
        entry.samples.removeFirst();
    entry.samples.append(sample);
    return sample;
}

void FakeBoxService::tick()
{
    for (auto &[id, entry] : m_boxes) {
        if (entry.box.summary.state != BoxState::Running)
            continue;
        const NetCounters before = entry.box.summary.counters;
        const NetSample sample = pass(entry, m_second);
        Q_EMIT sampled(id, sample);
        if (before != entry.box.summary.counters)
            Q_EMIT boxChanged(id);
    }
    ++m_second;
}

void FakeBoxService::setState(Entry &entry, BoxState state, StartStage stage)
{
    BoxSummary &summary = entry.box.summary;
    summary.state = state;
    summary.stage = stage;
    if (state == BoxState::Starting && stage == StartStage::Preparing) {
        summary.startedAt = QDateTime::currentDateTimeUtc();
        summary.accelerator = QStringLiteral("kvm");
        summary.runnerPid = 5000;
        summary.counters = {};
        entry.samples.clear();
        entry.box.console.clear();
    }
    if (state == BoxState::Running) {
        summary.usage = {.cpuPercent = 2,
                         .memoryUsed = 38ULL << 20,
                         .memoryTotal = summary.spec.memory.count(),
                         .diskUsed = 9ULL << 20,
                         .diskTotal = summary.spec.disk.count(),
                         .processes = 3};
        entry.box.console = fakeConsole(summary.spec.name);
    }
    if (!summary.hasRunner()) {
        summary.startedAt = {};
        summary.accelerator.clear();
        summary.runnerPid = 0;
        summary.usage = {};
    }
    Q_EMIT boxChanged(summary.id);
}

void FakeBoxService::crash(const BoxId &id, const QString &message)
{
    const auto entry = find(id);
    if (!entry)
        return;
    ExitRecord record;
    record.kind = ExitRecord::Kind::Crashed;
    record.message = message;
    record.consoleTail = QStringLiteral("Kernel panic - not syncing: Attempted to kill init!\n");
    record.endedAt = QDateTime::currentDateTimeUtc();
    (*entry)->box.summary.lastExit = record;
    setState(**entry, BoxState::Failed, StartStage::Ready);
}

void FakeBoxService::print(const BoxId &id, const QByteArray &text)
{
    if (const auto entry = find(id))
        (*entry)->box.console += text;
}

void FakeBoxService::setListeners(const QList<HostListener> &listeners)
{
    m_listeners = listeners;
    Q_EMIT hostListenersChanged();
}

QList<BoxSummary> FakeBoxService::boxes() const
{
    QList<BoxSummary> all;
    for (const auto &[id, entry] : m_boxes)
        all.append(entry.box.summary);
    std::ranges::sort(all, {}, [](const BoxSummary &box) { return box.spec.name; });
    return all;
}

std::optional<BoxSummary> FakeBoxService::box(BoxId id) const
{
    const auto found = m_boxes.find(id);
    return found == m_boxes.end() ? std::nullopt : std::optional(found->second.box.summary);
}

QList<NetSample> FakeBoxService::samples(BoxId id) const
{
    const auto found = m_boxes.find(id);
    return found == m_boxes.end() ? QList<NetSample>() : found->second.samples;
}

Result<FakeBoxService::Entry *> FakeBoxService::find(const BoxId &id)
{
    const auto found = m_boxes.find(id);
    if (found == m_boxes.end())
        return gone();
    return &found->second;
}

Async<FakeBoxService::Entry *> FakeBoxService::step(BoxId id)
{
    const QPointer<FakeBoxService> self(this);
    const auto latency = m_options.latency;
    co_await QCoro::sleepFor(latency);
    if (!self)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("Boxgate is closing"));
    if (const auto failure = takeFailure())
        co_return fail(*failure);
    co_return find(id);
}

Async<BoxId> FakeBoxService::create(BoxSpec spec)
{
    const QPointer<FakeBoxService> self(this);
    const auto latency = m_options.latency;
    co_await QCoro::sleepFor(latency);
    if (!self)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("Boxgate is closing"));
    if (const auto failure = takeFailure())
        co_return fail(*failure);
    for (const auto &[id, entry] : m_boxes) {
        if (entry.box.summary.spec.name == spec.name)
            co_return fail(ErrorCode::AlreadyExists,
                           QStringLiteral("There is a box named %1 already").arg(spec.name));
    }
    FakeBox box;
    box.summary.id = fakeId(m_nextNumber++);
    box.summary.spec = spec;
    box.summary.createdAt = QDateTime::currentDateTimeUtc();
    box.pattern = TrafficPattern::Bursts;
    const BoxId id = box.summary.id;
    add(box);
    Q_EMIT boxAdded(id);
    co_return id;
}

Async<void> FakeBoxService::start(BoxId id)
{
    const auto found = find(id);
    BOXGATE_CO_TRY(found);
    if ((*found)->box.summary.hasRunner())
        co_return fail(ErrorCode::Conflict,
                       QStringLiteral("Box %1 is running already").arg((*found)->box.summary.spec.name));
    for (const StartStage stage : {StartStage::Preparing, StartStage::Booting, StartStage::Configuring}) {
        const auto present = find(id);
        BOXGATE_CO_TRY(present);
        setState(**present, BoxState::Starting, stage);
        const auto waited = co_await step(id);
        if (!waited && waited.error().code != ErrorCode::Cancelled) {
            if (const auto entry = find(id)) {
                ExitRecord record;
                record.kind = ExitRecord::Kind::StartFailed;
                record.stage = stage;
                record.exitCode = 125;
                record.message = waited.error().message;
                record.consoleTail = waited.error().detail;
                record.endedAt = QDateTime::currentDateTimeUtc();
                (*entry)->box.summary.lastExit = record;
                setState(**entry, BoxState::Failed, stage);
            }
        }
        BOXGATE_CO_TRY(waited);
        if ((*waited)->box.summary.state != BoxState::Starting)
            co_return fail(ErrorCode::Cancelled, QStringLiteral("The start was given up"));
    }
    const auto ready = find(id);
    setState(**ready, BoxState::Running, StartStage::Ready);
    if ((*ready)->box.summary.spec.network.exposesLoopback())
        Q_EMIT hostListenersChanged();
    co_return Result<void>();
}

Async<void> FakeBoxService::stop(BoxId id, StopMode, std::chrono::milliseconds)
{
    const auto found = find(id);
    BOXGATE_CO_TRY(found);
    if (!(*found)->box.summary.hasRunner())
        co_return Result<void>();
    setState(**found, BoxState::Stopping, StartStage::Ready);
    const auto waited = co_await step(id);
    BOXGATE_CO_TRY(waited);
    ExitRecord record;
    record.kind = ExitRecord::Kind::Requested;
    record.endedAt = QDateTime::currentDateTimeUtc();
    (*waited)->box.summary.lastExit = record;
    setState(**waited, BoxState::Stopped, StartStage::Ready);
    co_return Result<void>();
}

Async<void> FakeBoxService::remove(BoxId id, RemoveMode mode)
{
    const auto waited = co_await step(id);
    BOXGATE_CO_TRY(waited);
    if (mode == RemoveMode::OnlyStopped && (*waited)->box.summary.hasRunner())
        co_return fail(
            ErrorCode::Conflict,
            QStringLiteral("Box %1 is running: stop it first").arg((*waited)->box.summary.spec.name));
    m_boxes.erase(id);
    Q_EMIT boxRemoved(id);
    co_return Result<void>();
}

Async<void> FakeBoxService::setNetwork(BoxId id, NetworkSpec network)
{
    const auto waited = co_await step(id);
    BOXGATE_CO_TRY(waited);
    (*waited)->box.summary.spec.network = network;
    Q_EMIT boxChanged(id);
    co_return Result<void>();
}

Async<LogChunk> FakeBoxService::readLog(BoxId id, LogKind, qint64 offset, qint64 maxBytes)
{
    const auto found = find(id);
    BOXGATE_CO_TRY(found);
    const QByteArray &console = (*found)->box.console;
    LogChunk chunk;
    chunk.truncated = offset > console.size();
    const qint64 from = chunk.truncated ? 0 : offset;
    chunk.bytes = console.mid(from, maxBytes);
    chunk.nextOffset = from + chunk.bytes.size();
    co_return chunk;
}

Async<QList<ImageSummary>> FakeBoxService::images()
{
    QList<ImageSummary> list;
    list.append(
        ImageSummary{QStringLiteral("builtin/busybox"), QStringLiteral("sha256:00"), Bytes::fromMebi(2), 1});
    co_return list;
}

Async<HostSummary> FakeBoxService::host()
{
    HostSummary summary;
    summary.version = QStringLiteral("0.1.0");
    summary.qemuVersion = QStringLiteral("7.2.15");
    summary.qemuPath = QStringLiteral("/usr/bin/qemu-system-x86_64");
    summary.kernelPath = QStringLiteral("/usr/share/boxgate/vmlinux-6.1");
    summary.accelerator = QStringLiteral("kvm");
    summary.acceleratorReason = QStringLiteral("KVM booted a box on this host");
    summary.cpus = 8;
    summary.memory = Bytes::fromGibi(32);
    summary.diskFree = Bytes::fromGibi(214);
    summary.home = QStringLiteral("~/.local/share/boxgate");
    co_return summary;
}

} // namespace boxgate
