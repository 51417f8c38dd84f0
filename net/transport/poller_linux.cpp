#include "net/transport/poller.h"

#include <array>
#include <sys/epoll.h>
#include <unistd.h>

namespace boxgate::net {

namespace {

uint32_t toEpoll(uint32_t events)
{
    return ((events & PollIn) ? uint32_t(EPOLLIN) : 0u) | ((events & PollOut) ? uint32_t(EPOLLOUT) : 0u);
}

uint32_t fromEpoll(uint32_t events)
{
    uint32_t result = PollNone;
    if (events & EPOLLIN)
        result |= PollIn;
    if (events & EPOLLOUT)
        result |= PollOut;
    if (events & EPOLLERR)
        result |= PollError;
    if (events & EPOLLHUP)
        result |= PollHangUp;
    return result;
}

} // namespace

Poller::Poller()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{ }

Poller::~Poller()
{
    if (m_epoll >= 0)
        ::close(m_epoll);
}

void Poller::watch(int descriptor, uint32_t events, PollHandler *handler)
{
    if (size_t(descriptor) >= m_slots.size())
        m_slots.resize(size_t(descriptor) + 64);
    Slot &slot = m_slots[size_t(descriptor)];
    slot.handler = handler;
    if (slot.events == events)
        return;
    epoll_event event{};
    event.events = toEpoll(events);
    event.data.u64 = uint64_t(slot.generation) << 32 | uint32_t(descriptor);
    const int operation = events == PollNone ? EPOLL_CTL_DEL
        : slot.events == PollNone            ? EPOLL_CTL_ADD
                                             : EPOLL_CTL_MOD;
    ::epoll_ctl(m_epoll, operation, descriptor, &event);
    slot.events = events;
}

void Poller::forget(int descriptor)
{
    if (descriptor < 0 || size_t(descriptor) >= m_slots.size())
        return;
    watch(descriptor, PollNone, nullptr);
    ++m_slots[size_t(descriptor)].generation;
}

void Poller::wait(int milliseconds)
{
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(m_epoll, events.data(), int(events.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
        const uint64_t tag = events[size_t(i)].data.u64;
        const int descriptor = int(uint32_t(tag));
        const Slot &slot = m_slots[size_t(descriptor)];
        if (slot.handler && slot.events != PollNone && slot.generation == uint32_t(tag >> 32))
            slot.handler->ready(descriptor, fromEpoll(events[size_t(i)].events));
    }
}

} // namespace boxgate::net
