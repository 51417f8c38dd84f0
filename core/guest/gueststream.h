#pragma once

#include "core/guest/protocol/agentmessages.h"
#include "core/guest/protocol/credit.h"

#include <variant>

namespace boxgate {

/// What the protocol allows on one stream, seen from the host. Pure: frames in, events out. A frame that is
/// malformed, out of its order or beyond the credit is no event: the guest has broken the protocol then.
class GuestStream
{
public:
    enum class State
    {
        Starting, ///< Exec was sent; ends with Started or ExecFailed
        Running, ///< ends with Exited
        Ended ///< final
    };

    using Event = std::variant<guest::Started, guest::ExecFailed, guest::Data, guest::Eof, guest::Credit,
                               guest::Exited>;

    /// tty   a terminal has no Stderr channel
    explicit GuestStream(bool tty)
        : m_errors(tty ? Output::Ended : Output::Open)
    { }

    /// Data points into the frame's payload.
    std::optional<Event> accept(const guest::Frame &frame);

    State state() const { return m_state; }
    /// Bytes of standard input that the guest takes now.
    guest::SendWindow &input() { return m_input; }
    const guest::SendWindow &input() const { return m_input; }
    /// The receiver passed bytes of an output on. Returns the credit to send, or 0 for none yet.
    std::uint32_t passOn(guest::Channel channel, std::size_t bytes);

private:
    enum class Output
    {
        Open,
        Ended
    };

    template <typename Message>
    std::optional<Event> acceptIn(State state, State then, const guest::Frame &frame);
    std::optional<Event> acceptData(const guest::Frame &frame);
    std::optional<Event> acceptEof(const guest::Frame &frame);
    std::optional<Event> acceptCredit(const guest::Frame &frame);

    State m_state = State::Starting;
    guest::SendWindow m_input;
    Output m_inputEnd = Output::Open;
    Output m_output = Output::Open;
    Output m_errors;
    guest::ReceiveWindow m_outputWindow;
    guest::ReceiveWindow m_errorWindow;
};

} // namespace boxgate
