#include "net/services/dhcp.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"

#include <algorithm>
#include <cstdlib>

using namespace boxgate::net;

namespace {

constexpr size_t OptionsBegin = 240;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// What the answer's list of names must be: whole names of labels, and nothing behind them.
void checkNames(std::span<const uint8_t> list)
{
    while (!list.empty()) {
        size_t name = 0;
        for (size_t label = 1; label != 0;) {
            require(!list.empty() && list[0] <= 63);
            label = list[0];
            require(list.size() > label);
            name += label + 1;
            list = list.subspan(label + 1);
        }
        require(name > 1 && name <= 255);
    }
}

void check(std::span<const uint8_t> reply, std::span<const uint8_t> request)
{
    require(reply.size() <= LargestDhcpReply && reply.size() > OptionsBegin && reply[0] == 2);
    require(std::ranges::equal(reply.subspan(4, 4), request.subspan(4, 4)));
    const uint32_t given = loadBe32(reply.data() + 16);
    require(given == 0 || given == plan::Guest.value);
    auto options = reply.subspan(OptionsBegin);
    bool seen[256] = {};
    while (options[0] != 255) {
        require(options.size() >= 2 && options.size() - 2 > options[1] && !seen[options[0]]);
        seen[options[0]] = true;
        const auto value = options.subspan(2, options[1]);
        if (options[0] == 53)
            require(value.size() == 1 && (value[0] == 2 || value[0] == 5 || value[0] == 6));
        if (options[0] == 119)
            checkNames(value);
        options = options.subspan(2 + value.size());
    }
    require(options.size() == 1 && seen[53] && seen[54] && (!seen[119] || seen[15]));
}

} // namespace

/// The input is the search domains, separated by commas and after their size in two bytes, and the request; a
/// flag makes that look like one of the guest's, so that its options are reached.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const size_t domainBytes = std::min<size_t>(loadBe16(data), size - 3);
    const bool isPlausible = (data[2] & 1) != 0;
    DhcpSettings settings{1500, {std::string()}};
    for (const uint8_t c : std::span(data + 3, domainBytes)) {
        if (c == ',')
            settings.searchDomains.emplace_back();
        else
            settings.searchDomains.back().push_back(char(c));
    }
    std::vector<uint8_t> request(data + 3 + domainBytes, data + size);
    if (isPlausible) {
        request.insert(request.begin(), OptionsBegin, 0);
        std::fill_n(request.begin(), 2, uint8_t(1));
        request[2] = 6;
        std::ranges::copy(plan::GuestMac, request.begin() + 28);
        storeBe32(request.data() + 236, 0x63825363);
    }
    if (const auto reply = answerDhcp(request, settings))
        check(*reply, request);
    return 0;
}
