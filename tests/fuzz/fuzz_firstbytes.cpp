#include "net/inspect/firstbytes.h"

#include <algorithm>
#include <cstdlib>

using namespace boxgate::net;

namespace {

using Bytes = std::span<const uint8_t>;
using Finding = FirstBytes::Finding;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// Adds the stream in pieces whose sizes follow from the seed.
FirstBytes fed(Bytes stream, uint32_t seed)
{
    FirstBytes bytes;
    Finding last = Finding::NeedMore;
    const uint32_t largest = stream.size() > 4096 ? 3000 : 10;
    while (!stream.empty()) {
        seed = seed * 1664525 + 1013904223; // Numerical Recipes
        const size_t size = std::min<size_t>(stream.size(), 1 + (seed >> 16) % largest);
        const Finding finding = bytes.add(stream.first(size));
        require(last == Finding::NeedMore || finding == last);
        require(bytes.heldBytes() <= (finding == Finding::NeedMore ? FirstBytes::MaxHeld : 0));
        last = finding;
        stream = stream.subspan(size);
    }
    return bytes;
}

} // namespace

/// The first two bytes choose how the rest is cut. However it is, what it comes to is the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    std::vector<uint8_t> stream(data + 2, data + size);
    // sometimes about as long as the bound, with one byte of it many times; seldom, for that is slow
    if (data[0] == 0xff && stream.size() % 16 == 8) {
        const auto middle = stream.begin() + ptrdiff_t(stream.size() / 2);
        stream.insert(middle, FirstBytes::MaxHeld - 100, uint8_t(*middle));
    }

    FirstBytes whole;
    const Finding finding = whole.add(stream);
    const FirstBytes pieces = fed(stream, uint32_t(data[0]) << 8 | data[1]);
    require(FirstBytes(pieces).add({}) == finding);
    require(pieces.finish() == whole.finish() && whole.finish() != Finding::NeedMore);
    require(pieces.name() == whole.name() && pieces.source() == whole.source());
    require(pieces.hasEncryptedHello() == whole.hasEncryptedHello());
    require((finding == Finding::Named) == !whole.name().empty());
    require((finding == Finding::Named) == (whole.source() != NameSource::None));

    const auto named = nameIn(stream);
    if (finding == Finding::Named)
        require(named && named->first == whole.name() && named->second == whole.source());
    else
        require(!named || stream.size() > FirstBytes::MaxHeld);
    return 0;
}
