#pragma once

#include "net/engineconfig.h"
#include "net/wire/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

namespace boxgate::net {

/// The names that the box's DNS answers by itself: the built-in zone first, then the configured ones.
/// Immutable after build().
class ZoneTable
{
public:
    static constexpr uint32_t Ttl = 60; ///< s; zones change with the box only

    /// Errors   one sentence that names the zone or record
    static tl::expected<ZoneTable, std::string> build(const std::vector<Zone> &zones);

    enum class Match
    {
        NotOurs,
        NoSuchName,
        Found
    };
    struct Answer
    {
        Match match = Match::NotOurs;
        std::optional<Ipv4> address; ///< with Found; none for a zone's own name without a record
    };

    /// name   normalized
    Answer find(std::string_view name) const;

private:
    struct CompiledZone
    {
        std::string name;
        std::unordered_map<std::string, Ipv4> records; ///< by full name
        std::optional<Ipv4> fallback;
    };

    std::vector<CompiledZone> m_zones;
};

} // namespace boxgate::net
