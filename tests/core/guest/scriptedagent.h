#pragma once

#include "core/base/descriptor.h"
#include "core/guest/protocol/agentmessages.h"

#include <QLocalSocket>
#include <QTest>

namespace boxgate::test {

/// The agent's end of the channel, played by hand.
class ScriptedAgent
{
public:
    struct Received
    {
        guest::FrameType type{};
        quint32 stream = 0;
        guest::Bytes payload;
    };

    explicit ScriptedAgent(Descriptor socket) { m_socket.setSocketDescriptor(socket.take()); }

    template <typename Message> void say(quint32 stream, const Message &message)
    {
        sayBytes(guest::encodeMessage(stream, message));
    }
    void sayData(quint32 stream, guest::Channel channel, const QByteArray &content)
    {
        const auto *const bytes = reinterpret_cast<const std::uint8_t *>(content.constData());
        sayBytes(guest::encodeData(stream, channel, guest::BytesView(bytes, size_t(content.size()))));
    }
    void sayBytes(guest::BytesView bytes)
    {
        m_socket.write(reinterpret_cast<const char *>(bytes.data()), qint64(bytes.size()));
        m_socket.flush();
    }

    /// The host's next frame; nullopt after 2 s without one, or when it sent what no host may.
    std::optional<Received> next()
    {
        for (;;) {
            guest::Frame frame;
            const guest::FrameReader::Status status = m_reader.next(frame);
            if (status == guest::FrameReader::Status::Frame)
                return Received{frame.type, frame.stream,
                                guest::Bytes(frame.payload.begin(), frame.payload.end())};
            if (status == guest::FrameReader::Status::Malformed)
                return std::nullopt;
            if (m_socket.bytesAvailable() == 0
                && !QTest::qWaitFor([this] { return m_socket.bytesAvailable() > 0; }, 2000))
                return std::nullopt;
            const QByteArray bytes = m_socket.readAll();
            m_reader.feed(guest::BytesView(reinterpret_cast<const std::uint8_t *>(bytes.constData()),
                                           size_t(bytes.size())));
        }
    }

    /// The host's next frame, which must be a Message; fails the test otherwise.
    template <typename Message> Message expect(quint32 stream)
    {
        const std::optional<Received> frame = next();
        if (!frame || frame->type != Message::Type || frame->stream != stream) {
            QTest::qFail("the host did not send the message expected", __FILE__, __LINE__);
            return {};
        }
        const std::optional<Message> message = Message::decode(frame->payload);
        if (!message)
            QTest::qFail("the host sent a malformed message", __FILE__, __LINE__);
        return message.value_or(Message());
    }

    bool isConnected() const { return m_socket.state() == QLocalSocket::ConnectedState; }
    void hangUp() { m_socket.disconnectFromServer(); }

private:
    QLocalSocket m_socket;
    guest::FrameReader m_reader{guest::Sender::Host};
};

} // namespace boxgate::test
