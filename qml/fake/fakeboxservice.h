#pragma once

#include "core/client/boxservice.h"
#include "qml/fake/fakescenario.h"

#include <QElapsedTimer>
#include <QTimer>

#include <map>

namespace boxgate {

/// Boxes on a script instead of machines: what boxgate-demo and the tests of the desktop run on. It keeps the
/// same promises as the real service: actions take time, a state comes from here alone, errors are sentences.
///
/// Thread: main. Deterministic with a seed and a Manual clock.
class FakeBoxService : public BoxService
{
    Q_OBJECT

public:
    enum class Clock
    {
        RealTime, ///< a second passes every second
        Manual ///< a second passes with each tick()
    };

    struct Options
    {
        FakeScenario scenario = FakeScenario::Showcase;
        quint32 seed = 1;
        std::chrono::milliseconds latency{350}; ///< of each step of an action
        Clock clock = Clock::RealTime;
        int history = 900; ///< seconds of traffic that running boxes have behind them
    };

    explicit FakeBoxService(const Options &options, QObject *parent = nullptr);
    ~FakeBoxService() override;

    /// Lets one second pass.
    void tick();
    /// The next action that can fail fails with error.
    void failNext(const Error &error) { m_failNext = error; }
    /// The box's guest ends in a way nobody asked for.
    void crash(const BoxId &id, const QString &message);
    /// Adds to the box's console.
    void print(const BoxId &id, const QByteArray &text);
    void setListeners(const QList<HostListener> &listeners);

    QList<BoxSummary> boxes() const override;
    std::optional<BoxSummary> box(BoxId id) const override;
    QList<NetSample> samples(BoxId id) const override;
    QList<HostListener> hostListeners() const override { return m_listeners; }

    Async<BoxId> create(BoxSpec spec) override;
    Async<void> start(BoxId id) override;
    Async<void> stop(BoxId id, StopMode mode, std::chrono::milliseconds deadline) override;
    Async<void> remove(BoxId id, RemoveMode mode) override;
    Async<void> setNetwork(BoxId id, NetworkSpec network) override;
    Async<LogChunk> readLog(BoxId id, LogKind kind, qint64 offset, qint64 maxBytes) override;
    Async<QList<ImageSummary>> images() override;
    Async<HostSummary> host() override;

private:
    struct Entry
    {
        FakeBox box;
        FakeTraffic traffic;
        QList<NetSample> samples;
    };

    void add(const FakeBox &box);
    void giveHistory(Entry &entry, int seconds);
    NetSample pass(Entry &entry, qint64 second) const;
    void setState(Entry &entry, BoxState state, StartStage stage);
    /// Waits one step of latency and finds the box again: it may be gone by then.
    Async<Entry *> step(BoxId id);
    Result<Entry *> find(const BoxId &id);
    std::optional<Error> takeFailure() { return std::exchange(m_failNext, std::nullopt); }

    const Options m_options;
    std::map<BoxId, Entry> m_boxes;
    QList<HostListener> m_listeners;
    std::optional<Error> m_failNext;
    qint64 m_second; ///< Unix time of the second that passes now
    int m_nextNumber = 100;
    QTimer m_timer;
};

} // namespace boxgate
