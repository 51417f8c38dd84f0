#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace boxgate::agent {

/// The agent's one epoll loop: descriptors and one-shot timers, all on one thread.
/// A callback may add and remove watches and timers, its own included: what is removed is not called any
/// more, also when its event had already been taken from the kernel.
class EventLoop
{
public:
    using WatchId = std::uint64_t; // 0 is none
    using TimerId = std::uint64_t; // 0 is none
    using OnEvents = std::function<void(std::uint32_t events)>;

    EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// Level-triggered. The descriptor stays the caller's and must outlive the watch.
    WatchId watch(int fd, std::uint32_t events, OnEvents callback);
    void setEvents(WatchId id, std::uint32_t events);
    /// Also sets `id` to none.
    void unwatch(WatchId &id);

    TimerId after(std::chrono::milliseconds delay, std::function<void()> callback);
    /// Also sets `id` to none.
    void cancel(TimerId &id);

    /// Returns after stop().
    void run();
    void stop() { m_running = false; }

private:
    struct Slot
    {
        int fd = -1;
        std::uint32_t generation = 0;
        std::uint32_t events = 0;
        OnEvents callback;
    };
    using Clock = std::chrono::steady_clock;

    Slot *find(WatchId id);
    int waitMilliseconds() const;
    void runTimers();
    void dispatch(WatchId id, std::uint32_t events);

    int m_epoll;
    bool m_running = false;
    std::vector<Slot> m_slots;
    std::vector<std::uint32_t> m_free;
    std::map<TimerId, std::pair<Clock::time_point, std::function<void()>>> m_timers;
    TimerId m_lastTimer = 0;
};

} // namespace boxgate::agent
