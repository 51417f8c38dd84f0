#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace boxgate::net {

/// Reads what a client wrote where the name of a host belongs. Pure.
///
/// Letters, digits, '-' and '_' in labels of 1 to 63 characters, at most 253 in all; one dot at the end is
/// ignored. Nothing else, so that no server reads another name in the same text.
/// Returns  the name in lower case without the dot at its end; empty for an IPv4 address, which is not a
/// name; nullopt when it is neither
/// Source   RFC 1035 2.3.4, RFC 1123 2.1
std::optional<std::string> readHostName(std::string_view text);

} // namespace boxgate::net
