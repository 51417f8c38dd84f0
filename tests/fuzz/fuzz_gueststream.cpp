// Whatever an agent sends on a stream, the host holds it to its order and its credit.
#include "core/guest/gueststream.h"

#include <cstdlib>

using namespace boxgate;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// What the rules of one stream come to, counted apart from the code under test.
struct Ledger
{
    std::size_t out = 0;
    std::size_t err = 0;
    std::size_t returnedOut = 0;
    std::size_t returnedErr = 0;

    void operator()(const guest::Data &data, GuestStream &stream)
    {
        const bool isOut = data.channel == guest::Channel::Stdout;
        require(data.channel != guest::Channel::Stdin);
        std::size_t &received = isOut ? out : err;
        std::size_t &returned = isOut ? returnedOut : returnedErr;
        received += data.content.size();
        require(received - returned <= guest::InitialCredit);
        returned += stream.passOn(data.channel, data.content.size() / 2 + 1);
        require(returned <= received);
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size)
{
    if (size < 1)
        return 0;
    GuestStream stream(bytes[0] & 1);
    stream.input().spend(1000);
    guest::FrameReader reader(guest::Sender::Agent);
    reader.feed(guest::BytesView(bytes + 1, size - 1));
    Ledger ledger;
    int ends = 0;
    guest::Frame frame;
    while (reader.next(frame) == guest::FrameReader::Status::Frame) {
        const std::optional<GuestStream::Event> event = stream.accept(frame);
        if (!event)
            break;
        require(ends == 0);
        if (const auto *const data = std::get_if<guest::Data>(&*event))
            ledger(*data, stream);
        if (stream.state() == GuestStream::State::Ended)
            ++ends;
        require(stream.input().available() <= guest::InitialCredit);
    }
    return 0;
}
