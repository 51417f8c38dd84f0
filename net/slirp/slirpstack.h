#pragma once

#include "core/base/result.h"
#include "net/transport/poller.h"
#include "net/wire/address.h"

#include <memory>
#include <span>
#include <vector>

namespace boxgate::net {

/// What the TCP stack reports. All calls come from within SlirpStack's own methods.
class SlirpListener
{
public:
    /// A frame to the guest, with the stack's own source MAC; valid during the call.
    virtual void stackSent(std::span<const uint8_t> frame) = 0;
    /// A socket was made for the SYN that is being handed over; not connected yet.
    virtual void socketOpened(int socket) = 0;
    /// The definite end of a connection; the socket is about to be closed.
    virtual void socketClosed(int socket) = 0;

protected:
    ~SlirpListener() = default;
};

/// libslirp as a TCP stack and nothing else: no UDP, ICMP, DNS, DHCP, TFTP or IPv6 ever reaches it.
///
/// Feed it clean, unfragmented IPv4 TCP of the guest only. 192.168.127.254 is 127.0.0.1 of the host; every
/// other address goes to the host's connect() as it is, so the verdict comes before. Thread: net; one per
/// process, since libslirp keeps globals. This is the only place that includes libslirp's header.
class SlirpStack final : public PollHandler
{
public:
    /// mtu   of the guest's interface, in bytes
    static Result<std::unique_ptr<SlirpStack>> create(Poller &poller, SlirpListener &listener, int mtu);
    ~SlirpStack();
    SlirpStack(const SlirpStack &) = delete;
    SlirpStack &operator=(const SlirpStack &) = delete;

    void input(std::span<const uint8_t> frame);

    /// Listens on a TCP port of the host for the guest's port. The listener hears of each client by
    /// socketOpened() and the SYN to the guest that follows it.
    /// Returns  the port, also when 0 let the system choose; or errno
    tl::expected<uint16_t, int> listen(Ipv4 bindAddress, uint16_t hostPort, uint16_t guestPort);
    void stopListening(Ipv4 bindAddress, uint16_t hostPort);

    /// Whether host sockets are read in this turn, or rest because the guest's side is congested.
    enum class Reading
    {
        On,
        Paused
    };

    /// Before the loop sleeps: says which sockets matter now.
    /// Returns  how long it may sleep at most, in ms; -1 for ever
    int prepare(Reading reading);
    /// After it slept: moves data and lets timers run.
    void process();

    void ready(int descriptor, uint32_t events) override;

    size_t sockets() const { return m_openSockets; }

private:
    struct Callbacks;
    struct Instance;
    struct Socket
    {
        bool isOpen = false;
        uint32_t ready = PollNone;
        uint32_t turn = 0; ///< the last one in which the stack asked for it
    };

    SlirpStack(Poller &poller, SlirpListener &listener);
    int watch(int descriptor, int slirpEvents);
    int takeReady(int descriptor);
    void opened(int descriptor);
    void closed(int descriptor);
    void teachGuestMac();
    Socket &socketOf(int descriptor);

    Poller &m_poller;
    SlirpListener &m_listener;
    std::unique_ptr<Instance> m_instance;
    std::vector<Socket> m_sockets; ///< by descriptor
    std::vector<int> m_watched;
    size_t m_openSockets = 0;
    uint32_t m_turn = 0;
    Reading m_reading = Reading::On;
    bool m_newListeners = false; ///< since the last prepare()
    bool m_hasReady = false; ///< some socket is, since the last process()
    bool m_changed = true; ///< since the last prepare(): what the stack asks for may differ
    int64_t m_deadline = 0; ///< when process() must run next, steady ms
};

} // namespace boxgate::net
