#include "net/wire/address.h"

namespace boxgate::net {

std::optional<Ipv4> parseIpv4(std::string_view text)
{
    uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (text.empty() || text.front() != '.')
                return std::nullopt;
            text.remove_prefix(1);
        }
        uint32_t number = 0;
        size_t digits = 0;
        while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9')
            number = number * 10 + uint32_t(text[digits++] - '0');
        const bool leadingZero = digits > 1 && text.front() == '0';
        if (digits == 0 || leadingZero || number > 255)
            return std::nullopt;
        address = address << 8 | number;
        text.remove_prefix(digits);
    }
    if (!text.empty())
        return std::nullopt;
    return Ipv4{address};
}

std::string toString(Ipv4 address)
{
    return std::to_string(address.value >> 24) + '.' + std::to_string(address.value >> 16 & 255) + '.'
        + std::to_string(address.value >> 8 & 255) + '.' + std::to_string(address.value & 255);
}

} // namespace boxgate::net
