#include "net/inspect/clienthello.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace boxgate::net;

namespace {

using Bytes = std::span<const uint8_t>;
using State = ClientHelloReader::State;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

struct Outcome
{
    State state = State::NeedMore;
    std::string name;
    bool isEncrypted = false;

    bool operator==(const Outcome &) const = default;
};

/// Shows the stream in steps, and all of it again once it is decided.
Outcome read(Bytes stream, size_t step)
{
    ClientHelloReader reader;
    for (size_t count = std::min(step, stream.size()); count < stream.size(); count += step) {
        const State state = reader.read(stream.first(count));
        if (state != State::NeedMore)
            require(reader.read(stream) == state);
    }
    const State state = reader.read(stream);
    if (state != State::Hello)
        return {state, {}, false};
    return {state, reader.hello().serverName, reader.hello().hasEncryptedHello};
}

/// The body as a hello in records of that many bytes.
std::vector<uint8_t> records(Bytes body, size_t recordSize)
{
    std::vector<uint8_t> message{1, 0, uint8_t(body.size() >> 8), uint8_t(body.size())};
    message.insert(message.end(), body.begin(), body.end());
    const size_t count = (message.size() + recordSize - 1) / recordSize;
    std::vector<uint8_t> stream(message.size() + 5 * count);
    auto to = stream.begin();
    for (Bytes rest = message; !rest.empty(); rest = rest.subspan(std::min(recordSize, rest.size()))) {
        const Bytes fragment = rest.first(std::min(recordSize, rest.size()));
        to = std::ranges::copy(std::array<uint8_t, 3>{22, 3, 1}, to).out;
        *to++ = uint8_t(fragment.size() >> 8);
        *to++ = uint8_t(fragment.size());
        to = std::ranges::copy(fragment, to).out;
    }
    return stream;
}

void requireClean(const Outcome &outcome, Bytes stream)
{
    if (outcome.name.empty())
        return;
    require(outcome.name.size() <= 253 && outcome.name.front() != '.' && outcome.name.back() != '.');
    const auto isSame = [](char ours, uint8_t theirs) {
        return ours == char(theirs) || (ours >= 'a' && ours <= 'z' && ours - 'a' + 'A' == theirs);
    };
    const auto found = std::search(stream.begin(), stream.end(), outcome.name.begin(), outcome.name.end(),
                                   [&](uint8_t theirs, char ours) { return isSame(ours, theirs); });
    require(found != stream.end()); // it is what the client wrote
}

} // namespace

/// The first byte chooses the sizes of segments and records. The rest is a stream, and then the body of a
/// hello: however they are cut, they are read the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > ClientHelloReader::MaxMessage)
        return 0;
    const size_t step = data[0] + size_t(1);
    const Bytes rest(data + 1, size - 1);
    require(read(rest, rest.size()) == read(rest, step));

    const std::vector<uint8_t> one = records(rest, ClientHelloReader::MaxMessage);
    const Outcome whole = read(one, one.size());
    requireClean(whole, rest);
    require(whole.state == State::Hello || whole.state == State::Malformed);
    const std::vector<uint8_t> several = records(rest, step);
    require(read(several, several.size()) == whole);
    require(read(several, 61) == whole);
    return 0;
}
