#pragma once

#include "tests/support/namespacethread.h"

namespace boxgate::test {

/// A real Linux TCP/IP stack in the place of a guest: a network namespace with a TAP device whose frames are
/// pumped through a stream socket pair, as QEMU would do it.
///
/// The test's process is the host: enterHostNamespace() first moves it into a network namespace of its own,
/// so that nothing reaches the machine. Needs root or user namespaces, and /dev/net/tun.
class TapBench
{
public:
    /// Once, from main() before any thread is started: gives the process a network of its own with only a
    /// loopback. Returns  why that is impossible; empty when it worked
    static QString enterHostNamespace();

    /// Adds an address to the host's loopback, so that servers of the test can stand for machines elsewhere.
    static void addHostAddress(const QString &address);

    /// Makes the guest: eth0 with the box's address, gateway and MAC, up and ready.
    explicit TapBench(int mtu);
    ~TapBench();
    TapBench(const TapBench &) = delete;
    TapBench &operator=(const TapBench &) = delete;

    /// Why the guest could not be made; empty when it works.
    QString error() const { return m_error; }

    /// The other end of the guest's wire; the caller (the engine) owns it.
    int takeWire();

    /// Runs work in the guest's namespace and waits for it. Sockets made there belong to the guest, on
    /// whichever thread they are used afterwards.
    void inGuest(const std::function<void()> &work) { m_guest.run(work); }

private:
    void setUp(int mtu);

    NamespaceThread m_guest;
    QString m_error;
    int m_tap = -1;
    int m_wire = -1; ///< our end
    int m_engineWire = -1;
    int m_stop = -1; ///< eventfd that ends the pump
    std::thread m_pump;
};

} // namespace boxgate::test
