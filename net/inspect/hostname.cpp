#include "net/inspect/hostname.h"

#include <algorithm>

namespace boxgate::net {

namespace {

constexpr size_t LongestName = 253;
constexpr size_t LongestLabel = 63;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isLabel(std::string_view label)
{
    return !label.empty() && label.size() <= LongestLabel && std::ranges::all_of(label, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '_';
    });
}

} // namespace

std::optional<std::string> readHostName(std::string_view text)
{
    if (text.ends_with('.'))
        text.remove_suffix(1);
    if (text.size() > LongestName)
        return std::nullopt;
    std::string_view label;
    for (size_t begin = 0; begin <= text.size(); begin += label.size() + 1) {
        label = text.substr(begin, text.find('.', begin) - begin);
        if (!isLabel(label))
            return std::nullopt;
    }
    // no name of the Internet ends in a number, but every way to write an IPv4 address does
    if (std::ranges::all_of(label, isDigit))
        return std::string();
    std::string name(text);
    for (char &c : name) {
        if (c >= 'A' && c <= 'Z')
            c = char(c - 'A' + 'a');
    }
    return name;
}

} // namespace boxgate::net
