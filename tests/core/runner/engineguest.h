#pragma once

#include "core/runner/networkgate.h"
#include "tests/net/framefixture.h"

#include <QByteArray>
#include <QCoreApplication>
#include <QFile>

#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

/// A guest in the place of QEMU: writes frames to a gate's engine, and reads nothing.
class EngineGuest
{
public:
    explicit EngineGuest(Descriptor wire)
        : m_wire(std::move(wire))
    { }

    void send(const Frame &frame) const
    {
        Frame sent(4);
        net::storeBe32(sent.data(), uint32_t(frame.size()));
        sent.insert(sent.end(), frame.begin(), frame.end());
        if (::write(m_wire.number(), sent.data(), sent.size()) != ssize_t(sent.size()))
            qFatal("the engine takes no frames");
        drop();
    }

    /// A frame that no honest guest sends; the gate counts it as blocked.
    void sendBadFrame() const { send(ethernet(0x88f8, Frame(60, 0))); }

    /// A question that the built-in zone answers.
    void ask(const QByteArray &name) const
    {
        Frame query{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
        for (const QByteArray &label : name.split('.')) {
            query.push_back(uint8_t(label.size()));
            query.insert(query.end(), label.begin(), label.end());
        }
        for (const uint8_t byte : {0, 0, 1, 0, 1})
            query.push_back(byte);
        send(udp(query, 53, net::plan::Gateway));
    }

private:
    /// What the engine answered.
    void drop() const
    {
        char answer[65536];
        while (::recv(m_wire.number(), answer, sizeof answer, MSG_DONTWAIT) > 0) { }
    }

    Descriptor m_wire;
};

} // namespace boxgate::test
