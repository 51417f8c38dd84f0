/// Both directions of the agent protocol: cuts the input into frames in chunks that it chooses, decodes each,
/// and checks that what was accepted encodes to the same bytes again.

#include "core/guest/protocol/agentmessages.h"

#include <algorithm>
#include <cstdlib>

using namespace boxgate::guest;

namespace {

template <typename Message> void check(BytesView payload)
{
    const auto message = Message::decode(payload);
    if (!message)
        return;
    const Bytes again = message->encode();
    if (!std::equal(again.begin(), again.end(), payload.begin(), payload.end()))
        std::abort();
}

void decode(const Frame &frame)
{
    switch (frame.type) {
    case FrameType::Configure:
        return check<Configure>(frame.payload);
    case FrameType::Exec:
        return check<Exec>(frame.payload);
    case FrameType::Signal:
        return check<Signal>(frame.payload);
    case FrameType::Resize:
        return check<Resize>(frame.payload);
    case FrameType::Hangup:
        return check<Hangup>(frame.payload);
    case FrameType::UsageRequest:
        return check<UsageRequest>(frame.payload);
    case FrameType::SetClock:
        return check<SetClock>(frame.payload);
    case FrameType::Shutdown:
        return check<Shutdown>(frame.payload);
    case FrameType::Copy:
        return check<Copy>(frame.payload);
    case FrameType::Data:
        if (const auto data = Data::decode(frame.payload); data && data->content.size() > MaxDataBytes)
            std::abort();
        return;
    case FrameType::Eof:
        return check<Eof>(frame.payload);
    case FrameType::Credit:
        return check<Credit>(frame.payload);
    case FrameType::Hello:
        return check<Hello>(frame.payload);
    case FrameType::Ready:
        return check<Ready>(frame.payload);
    case FrameType::Failed:
        return check<Failed>(frame.payload);
    case FrameType::Started:
        return check<Started>(frame.payload);
    case FrameType::ExecFailed:
        return check<ExecFailed>(frame.payload);
    case FrameType::Exited:
        return check<Exited>(frame.payload);
    case FrameType::Usage:
        return check<Usage>(frame.payload);
    case FrameType::Log:
        return check<Log>(frame.payload);
    case FrameType::ShuttingDown:
        return check<ShuttingDown>(frame.payload);
    }
    std::abort(); // the reader let an unknown type through
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 1)
        return 0;
    FrameReader reader(data[0] & 0x80 ? Sender::Agent : Sender::Host);
    const std::size_t step = 1 + (data[0] & 0x7f) * 4u;
    const BytesView input(data + 1, size - 1);
    for (std::size_t at = 0; at < input.size(); at += step) {
        reader.feed(input.subspan(at, std::min(step, input.size() - at)));
        Frame frame;
        FrameReader::Status status;
        while ((status = reader.next(frame)) == FrameReader::Status::Frame)
            decode(frame);
        if (status == FrameReader::Status::Malformed)
            break;
    }
    return 0;
}
