#pragma once

#include "tests/support/namespacethread.h"

#include <chrono>

namespace boxgate::test {

/// A machine at Address, behind a line that holds each packet back for a while in each direction: a network
/// namespace, and two TUN devices with a thread between them. It does what `tc netem delay` would do, on
/// kernels without that module too, and loses and reorders nothing.
///
/// Made in the namespace of the calling thread, which becomes the near end and has the address NearAddress.
class FarMachine
{
public:
    static inline const QString Address = QStringLiteral("203.0.113.1");
    static inline const QString NearAddress = QStringLiteral("203.0.113.254");

    /// delay   one way
    explicit FarMachine(std::chrono::milliseconds delay);
    ~FarMachine();
    FarMachine(const FarMachine &) = delete;
    FarMachine &operator=(const FarMachine &) = delete;

    /// Why there is none; empty when it works.
    QString error() const { return m_error; }

    /// Runs work on the machine and waits for it. Servers made by it live there.
    void run(const std::function<void()> &work) { m_far.run(work); }

private:
    QString setUp();
    void carry(std::chrono::milliseconds delay);

    NamespaceThread m_far;
    QString m_error;
    int m_nearTunnel = -1;
    int m_farTunnel = -1;
    int m_stop = -1; ///< eventfd that ends the line
    std::thread m_line;
};

} // namespace boxgate::test
