#pragma once

#include <cstdint>
#include <vector>

namespace boxgate::net {

/// Interest in and readiness of a descriptor, as bits.
enum PollEvents : uint32_t
{
    PollNone = 0,
    PollIn = 1,
    PollOut = 2,
    PollError = 4,
    PollHangUp = 8
};

/// Told when a watched descriptor is ready. It must cope with a descriptor that is not ready after all.
class PollHandler
{
public:
    virtual void ready(int descriptor, uint32_t events) = 0;

protected:
    ~PollHandler() = default;
};

/// Waits for many descriptors at a cost that does not grow with those that are idle. Level-triggered.
///
/// Thread: net. A handler may watch and forget any descriptor from within ready(): an event that was
/// collected for a descriptor that is forgotten in the meantime is not delivered, even when its number is
/// used again. Errors and hang-ups are reported whether asked for or not, so forget (or watch with PollNone)
/// what must rest.
class Poller
{
public:
    Poller();
    ~Poller();
    Poller(const Poller &) = delete;
    Poller &operator=(const Poller &) = delete;

    bool isValid() const { return m_epoll >= 0; }

    /// Watches descriptor for events from now on, instead of what was asked for before. PollNone rests it.
    void watch(int descriptor, uint32_t events, PollHandler *handler);
    /// Must be called before the descriptor is closed.
    void forget(int descriptor);

    /// Waits up to milliseconds (-1: for ever) and calls the handlers.
    void wait(int milliseconds);

private:
    struct Slot
    {
        PollHandler *handler = nullptr;
        uint32_t events = PollNone;
        uint32_t generation = 0;
    };

    int m_epoll = -1;
    std::vector<Slot> m_slots; ///< by descriptor
};

} // namespace boxgate::net
