#include "core/guest/agent/eventloop.h"

#include <algorithm>
#include <sys/epoll.h>

namespace boxgate::agent {

namespace {

constexpr int MaxEventsAtOnce = 64;

EventLoop::WatchId makeId(std::uint32_t generation, std::size_t index)
{
    return static_cast<EventLoop::WatchId>(generation) << 32 | index;
}

} // namespace

EventLoop::EventLoop()
    : m_epoll(epoll_create1(EPOLL_CLOEXEC))
{ }

EventLoop::Slot *EventLoop::find(WatchId id)
{
    const std::size_t index = id & 0xffffffff;
    if (index >= m_slots.size() || m_slots[index].generation != id >> 32 || m_slots[index].fd < 0)
        return nullptr;
    return &m_slots[index];
}

EventLoop::WatchId EventLoop::watch(int fd, std::uint32_t events, OnEvents callback)
{
    if (m_free.empty()) {
        m_free.push_back(static_cast<std::uint32_t>(m_slots.size()));
        m_slots.emplace_back();
    }
    const std::uint32_t index = m_free.back();
    m_free.pop_back();
    Slot &slot = m_slots[index];
    ++slot.generation; // from 1, so that no id is 0
    slot.fd = fd;
    slot.events = events;
    slot.callback = std::move(callback);
    epoll_event event{};
    event.events = events;
    event.data.u64 = makeId(slot.generation, index);
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event);
    return event.data.u64;
}

void EventLoop::setEvents(WatchId id, std::uint32_t events)
{
    Slot *slot = find(id);
    if (!slot || slot->events == events)
        return;
    slot->events = events;
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    epoll_ctl(m_epoll, EPOLL_CTL_MOD, slot->fd, &event);
}

void EventLoop::unwatch(WatchId &id)
{
    if (Slot *slot = find(id)) {
        epoll_ctl(m_epoll, EPOLL_CTL_DEL, slot->fd, nullptr);
        slot->fd = -1;
        slot->callback = nullptr;
        m_free.push_back(static_cast<std::uint32_t>(id & 0xffffffff));
    }
    id = 0;
}

EventLoop::TimerId EventLoop::after(std::chrono::milliseconds delay, std::function<void()> callback)
{
    m_timers.emplace(++m_lastTimer, std::pair(Clock::now() + delay, std::move(callback)));
    return m_lastTimer;
}

void EventLoop::cancel(TimerId &id)
{
    m_timers.erase(id);
    id = 0;
}

int EventLoop::waitMilliseconds() const
{
    if (m_timers.empty())
        return -1;
    auto next = m_timers.begin()->second.first;
    for (const auto &[id, timer] : m_timers)
        next = std::min(next, timer.first);
    // Rounded up: woken too early, the loop would spin through the last millisecond.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 60'000));
}

void EventLoop::runTimers()
{
    const auto now = Clock::now();
    std::vector<TimerId> due;
    for (const auto &[id, timer] : m_timers) {
        if (timer.first <= now)
            due.push_back(id);
    }
    for (const TimerId id : due) {
        const auto timer = m_timers.extract(id); // empty when an earlier one has cancelled it
        if (!timer.empty())
            timer.mapped().second();
    }
}

void EventLoop::dispatch(WatchId id, std::uint32_t events)
{
    Slot *slot = find(id);
    if (!slot)
        return;
    // The callback may remove its own watch, so it must not live in the slot while it runs.
    OnEvents callback = std::move(slot->callback);
    callback(events);
    slot = find(id);
    if (slot)
        slot->callback = std::move(callback);
}

void EventLoop::run()
{
    m_running = true;
    epoll_event events[MaxEventsAtOnce];
    while (m_running) {
        const int count = epoll_wait(m_epoll, events, MaxEventsAtOnce, waitMilliseconds());
        for (int i = 0; i < count && m_running; ++i)
            dispatch(events[i].data.u64, events[i].events);
        if (m_running)
            runTimers();
    }
}

} // namespace boxgate::agent
