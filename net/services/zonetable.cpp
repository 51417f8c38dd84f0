#include "net/services/zonetable.h"

#include "net/addressplan.h"
#include "net/policy/allowrule.h"

namespace boxgate::net {

namespace {

Zone builtIn() { return {"boxlite.internal", {{"host", toString(plan::HostAlias)}}, {}}; }

bool isBelow(std::string_view name, std::string_view zone)
{
    return name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.';
}

} // namespace

tl::expected<ZoneTable, std::string> ZoneTable::build(const std::vector<Zone> &zones)
{
    std::vector<Zone> all{builtIn()};
    all.insert(all.end(), zones.begin(), zones.end());
    ZoneTable table;
    for (const Zone &zone : all) {
        CompiledZone compiled;
        compiled.name = normalizedName(zone.name);
        if (compiled.name.empty() || compiled.name == ".")
            return tl::make_unexpected(std::string("A DNS zone needs a name"));
        if (!zone.defaultIp.empty()) {
            compiled.fallback = parseIpv4(zone.defaultIp);
            if (!compiled.fallback)
                return tl::make_unexpected("The default address '" + zone.defaultIp + "' of DNS zone "
                                           + compiled.name + " is not an IPv4 address");
        }
        for (const ZoneRecord &record : zone.records) {
            const auto address = parseIpv4(record.ip);
            if (!address)
                return tl::make_unexpected("The address '" + record.ip + "' of '" + record.name
                                           + "' in DNS zone " + compiled.name + " is not an IPv4 address");
            const std::string label = normalizedName(record.name);
            compiled.records[label.empty() ? compiled.name : label + '.' + compiled.name] = *address;
        }
        table.m_zones.push_back(std::move(compiled));
    }
    return table;
}

ZoneTable::Answer ZoneTable::find(std::string_view name) const
{
    Answer answer;
    for (const CompiledZone &zone : m_zones) {
        const bool isApex = name == zone.name;
        if (!isApex && !isBelow(name, zone.name))
            continue;
        const auto record = zone.records.find(std::string(name));
        if (record != zone.records.end())
            return {Match::Found, record->second};
        if (zone.fallback && answer.match != Match::Found)
            answer = {Match::Found, zone.fallback};
        else if (answer.match == Match::NotOurs)
            answer.match = isApex ? Match::Found : Match::NoSuchName;
    }
    return answer;
}

} // namespace boxgate::net
