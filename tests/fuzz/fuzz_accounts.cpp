/// The image's account files as the agent reads them: the input is "user NUL passwd NUL group".

#include "core/guest/agent/accounts.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace boxgate::agent;
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t first = std::min(input.find('\0'), size);
    const std::size_t second = std::min(input.find('\0', std::min(first + 1, size)), size);
    const auto between = [&](std::size_t begin, std::size_t end) {
        return begin < end ? input.substr(begin, end - begin) : std::string_view();
    };
    const IdentityLookup lookup =
        resolveIdentity(input.substr(0, first), between(first + 1, second), between(second + 1, size));
    if (lookup.problem.empty()
        && (lookup.identity.groups.empty() || lookup.identity.groups.size() > MaxGroups))
        std::abort();
    return 0;
}
