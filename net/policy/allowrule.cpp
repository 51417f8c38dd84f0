#include "net/policy/allowrule.h"

#include "net/addressplan.h"
#include "net/policy/blockedranges.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace boxgate::net {

namespace {

constexpr size_t LongestRule = 300; ///< a name has at most 253 characters
constexpr std::string_view HostAliasName = "host.boxlite.internal";

using Failure = tl::unexpected<std::string>;

std::string quoted(std::string_view text) { return '\'' + std::string(text) + '\''; }

std::optional<uint32_t> parseNumber(std::string_view text, uint32_t highest)
{
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || number > highest)
        return std::nullopt;
    return number;
}

bool looksNumeric(std::string_view text)
{
    return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

tl::expected<Cidr, std::string> checkRange(std::string_view text, const Cidr &range)
{
    if (Cidr{plan::HostAlias, 32} == range)
        return Failure(quoted(text) + " is the host alias, which has a setting of its own");
    const auto covers = [&](const Cidr &blocked) { return blocked.contains(range); };
    if (plan::Subnet.contains(range) || std::ranges::any_of(AlwaysBlocked, covers))
        return Failure(quoted(text) + " can never be reached from a box");
    return range;
}

tl::expected<Cidr, std::string> parseRange(std::string_view text)
{
    const size_t slash = text.find('/');
    const auto address = parseIpv4(text.substr(0, slash));
    if (!address)
        return Failure(quoted(text.substr(0, slash)) + " is not an IPv4 address");
    if (slash == std::string_view::npos)
        return checkRange(text, {*address, 32});
    const auto prefix = parseNumber(text.substr(slash + 1), 32);
    if (!prefix)
        return Failure(quoted(text.substr(slash + 1)) + " is not a prefix length of 0 to 32");
    const Cidr range{Ipv4{address->value & Cidr::mask(uint8_t(*prefix))}, uint8_t(*prefix)};
    if (range.network != *address)
        return Failure(quoted(text) + " has bits set after its prefix: write " + toString(range.network) + '/'
                       + std::to_string(*prefix));
    return checkRange(text, range);
}

tl::expected<NamePattern, std::string> parseName(std::string_view text)
{
    NamePattern pattern;
    pattern.name = normalizedName(text);
    if (pattern.name == "*")
        return Failure("'*' would allow everything: use the mode open");
    if (pattern.name.starts_with("*.")) {
        pattern.wildcard = true;
        pattern.name.erase(0, 2);
    }
    if (const std::string why = whyNotHostName(pattern.name); !why.empty())
        return Failure(quoted(text) + " is not a host name: " + why);
    if (!pattern.wildcard && pattern.name == HostAliasName)
        return Failure(quoted(text) + " is the host alias, which has a setting of its own");
    return pattern;
}

tl::expected<void, std::string> parsePorts(std::string_view text, AllowRule &rule)
{
    const size_t dash = text.find('-');
    const auto first = parseNumber(text.substr(0, dash), 65535);
    const auto last = dash == std::string_view::npos ? first : parseNumber(text.substr(dash + 1), 65535);
    if (!first || !last || *first == 0 || *last < *first)
        return Failure(quoted(text) + " is not a port or a range of ports between 1 and 65535");
    if (first == last && *first == plan::DnsPort)
        return Failure("port 53 never leaves a box: its own resolver answers");
    if (first == last && (*first == 853 || *first == 5353 || *first == 5355))
        return Failure("port " + std::to_string(*first)
                       + " carries names past the gate, so an allowlist never opens it");
    rule.firstPort = uint16_t(*first);
    rule.lastPort = uint16_t(*last);
    return {};
}

/// Takes "/tcp" or "/udp" off the end.
Transport takeTransport(std::string_view &text)
{
    if (text.size() < 4)
        return Transport::Any;
    const std::string suffix = normalizedName(text.substr(text.size() - 4));
    if (suffix != "/tcp" && suffix != "/udp")
        return Transport::Any;
    text.remove_suffix(4);
    return suffix == "/tcp" ? Transport::Tcp : Transport::Udp;
}

} // namespace

std::string whyNotHostName(std::string_view text)
{
    if (text.empty())
        return "the host name is empty";
    if (text.size() > 253)
        return "a host name has at most 253 characters";
    if (text.find('*') != std::string_view::npos)
        return "a wildcard stands only at the beginning, as in *.example.com";
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find('.', begin), text.size());
        const std::string_view label = text.substr(begin, end - begin);
        if (label.empty())
            return "the host name has an empty label";
        if (label.size() > 63)
            return "a label of a host name has at most 63 characters";
        if (label.front() == '-' || label.back() == '-')
            return "a label of a host name neither begins nor ends with '-'";
        const bool isClean = std::ranges::all_of(label, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        if (!isClean)
            return "a host name has letters, digits, '-' and '.' only (write international names as xn--...)";
        begin = end + 1;
    }
    const std::string_view last =
        text.substr(text.rfind('.') == std::string_view::npos ? 0 : text.rfind('.') + 1);
    if (looksNumeric(last))
        return "it looks like an address and is none";
    return {};
}

std::string normalizedName(std::string_view name)
{
    if (name.size() > 1 && name.ends_with('.'))
        name.remove_suffix(1);
    std::string result(name);
    for (char &c : result) {
        if (c >= 'A' && c <= 'Z')
            c = char(c - 'A' + 'a');
    }
    return result;
}

tl::expected<AllowRule, std::string> AllowRule::parse(std::string_view text)
{
    if (text.empty())
        return Failure("a rule must not be empty");
    if (text.size() > LongestRule)
        return Failure("a rule has at most " + std::to_string(LongestRule) + " characters");
    const bool isPlain = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    if (!isPlain)
        return Failure(
            "a rule has neither spaces nor characters outside ASCII (write international names as xn--...)");
    if (text.find("://") != std::string_view::npos)
        return Failure(quoted(text) + " is a URL: write the host name alone");

    AllowRule rule;
    std::string_view rest = text;
    rule.transport = takeTransport(rest);
    if (std::ranges::count(rest, ':') > 1)
        return Failure(quoted(text) + " looks like IPv6, which a box never has");
    if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
        if (const auto ports = parsePorts(rest.substr(colon + 1), rule); !ports)
            return Failure(ports.error());
        rest = rest.substr(0, colon);
    }
    if (!rest.empty() && looksNumeric(rest.substr(0, rest.find('/')))) {
        const auto range = parseRange(rest);
        if (!range)
            return Failure(range.error());
        rule.pattern = *range;
        return rule;
    }
    if (rest.find('/') != std::string_view::npos)
        return Failure(quoted(text) + " has a path or an unknown protocol: only /tcp and /udp can follow");
    auto name = parseName(rest);
    if (!name)
        return Failure(name.error());
    rule.pattern = std::move(*name);
    if (rule.transport == Transport::Any)
        rule.transport = Transport::Tcp;
    return rule;
}

} // namespace boxgate::net
