#include "net/policy/allowrule.h"

#include <cstdlib>

/// A rule that is accepted is sane; one that is refused says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace boxgate::net;
    const auto rule = AllowRule::parse({reinterpret_cast<const char *>(data), size});
    if (!rule) {
        if (rule.error().empty())
            std::abort();
        return 0;
    }
    if (rule->firstPort > rule->lastPort)
        std::abort();
    if (const auto *range = std::get_if<Cidr>(&rule->pattern)) {
        if (range->prefix > 32 || !range->contains(range->network))
            std::abort();
    } else {
        const auto &name = std::get<NamePattern>(rule->pattern).name;
        if (name.empty() || name.size() > 253 || name != normalizedName(name))
            std::abort();
    }
    return 0;
}
