#include "core/guest/gueststream.h"

namespace boxgate {

using guest::Channel;
using guest::Frame;
using guest::FrameType;

template <typename Message>
std::optional<GuestStream::Event> GuestStream::acceptIn(State state, State then, const Frame &frame)
{
    const std::optional<Message> message = Message::decode(frame.payload);
    if (!message || m_state != state)
        return std::nullopt;
    m_state = then;
    return Event(*message);
}

std::optional<GuestStream::Event> GuestStream::accept(const Frame &frame)
{
    switch (frame.type) {
    case FrameType::Started:
        return acceptIn<guest::Started>(State::Starting, State::Running, frame);
    case FrameType::ExecFailed:
        return acceptIn<guest::ExecFailed>(State::Starting, State::Ended, frame);
    case FrameType::Exited:
        return acceptIn<guest::Exited>(State::Running, State::Ended, frame);
    case FrameType::Data:
        return acceptData(frame);
    case FrameType::Eof:
        return acceptEof(frame);
    case FrameType::Credit:
        return acceptCredit(frame);
    default:
        return std::nullopt;
    }
}

std::optional<GuestStream::Event> GuestStream::acceptData(const Frame &frame)
{
    const std::optional<guest::Data> data = guest::Data::decode(frame.payload);
    if (!data || m_state == State::Ended || data->channel == Channel::Stdin)
        return std::nullopt;
    const bool isOutput = data->channel == Channel::Stdout;
    guest::ReceiveWindow &window = isOutput ? m_outputWindow : m_errorWindow;
    if ((isOutput ? m_output : m_errors) == Output::Ended || !window.receive(data->content.size()))
        return std::nullopt;
    return Event(*data);
}

std::optional<GuestStream::Event> GuestStream::acceptEof(const Frame &frame)
{
    const std::optional<guest::Eof> eof = guest::Eof::decode(frame.payload);
    if (!eof || m_state == State::Ended)
        return std::nullopt;
    Output &end = eof->channel == Channel::Stdin ? m_inputEnd
        : eof->channel == Channel::Stdout        ? m_output
                                                 : m_errors;
    if (end == Output::Ended)
        return std::nullopt;
    end = Output::Ended;
    return Event(*eof);
}

std::optional<GuestStream::Event> GuestStream::acceptCredit(const Frame &frame)
{
    const std::optional<guest::Credit> credit = guest::Credit::decode(frame.payload);
    if (!credit || m_state == State::Ended || credit->channel != Channel::Stdin
        || !m_input.refill(credit->bytes))
        return std::nullopt;
    return Event(*credit);
}

std::uint32_t GuestStream::passOn(Channel channel, std::size_t bytes)
{
    if (channel == Channel::Stdin || m_state == State::Ended)
        return 0;
    return (channel == Channel::Stdout ? m_outputWindow : m_errorWindow).passOn(bytes);
}

} // namespace boxgate
