#include "net/policy/pintable.h"

#include <algorithm>

namespace boxgate::net {

void PinTable::pin(Ipv4 address, const std::string &name, std::chrono::seconds ttl, Clock::time_point now,
                   Source source)
{
    const std::chrono::seconds life = std::clamp<std::chrono::seconds>(ttl, ShortestLife, LongestLife);
    const Clock::time_point ends = now + life + IdleGrace;
    std::vector<Pin> &pins = m_pins[address];
    const auto known = std::ranges::find(pins, name, &Pin::name);
    if (known != pins.end()) {
        known->ends = std::max(known->ends, ends);
        known->source = source;
        std::rotate(known, known + 1, pins.end()); // the name asked for last stands last
        return;
    }
    if (pins.size() >= MaxPerAddress)
        forget(pins, std::ranges::min_element(pins, {}, &Pin::ends));
    pins.push_back({name, source, ends});
    ++m_size;
    if (++m_perName[name] > MaxPerName)
        removeFirstToEnd(name);
    if (m_size > MaxPins)
        removeExpired(now);
    if (m_size > MaxPins)
        removeFirstToEnd({});
}

std::string PinTable::nameOf(Ipv4 address, Clock::time_point now) const
{
    const auto found = m_pins.find(address);
    if (found == m_pins.end())
        return {};
    for (auto pin = found->second.rbegin(); pin != found->second.rend(); ++pin) {
        if (pin->ends > now)
            return pin->name;
    }
    return {};
}

std::vector<Ipv4> PinTable::addressesOf(const std::string &name, Clock::time_point now) const
{
    std::vector<Ipv4> addresses;
    for (const auto &[address, pins] : m_pins) {
        if (std::ranges::any_of(pins, [&](const Pin &pin) { return pin.name == name && pin.ends > now; }))
            addresses.push_back(address);
    }
    std::ranges::sort(addresses);
    return addresses;
}

void PinTable::forget(std::vector<Pin> &pins, std::vector<Pin>::iterator pin)
{
    const auto perName = m_perName.find(pin->name);
    if (--perName->second == 0)
        m_perName.erase(perName);
    pins.erase(pin);
    --m_size;
}

void PinTable::removeExpired(Clock::time_point now)
{
    for (auto entry = m_pins.begin(); entry != m_pins.end();) {
        std::erase_if(entry->second, [&](const Pin &pin) {
            if (pin.ends > now)
                return false;
            --m_size;
            if (--m_perName[pin.name] == 0)
                m_perName.erase(pin.name);
            return true;
        });
        entry = entry->second.empty() ? m_pins.erase(entry) : std::next(entry);
    }
}

void PinTable::removeFirstToEnd(const std::string &name)
{
    auto first = m_pins.end();
    size_t firstIndex = 0;
    for (auto entry = m_pins.begin(); entry != m_pins.end(); ++entry) {
        for (size_t i = 0; i < entry->second.size(); ++i) {
            if (!name.empty() && entry->second[i].name != name)
                continue;
            if (first == m_pins.end() || entry->second[i].ends < first->second[firstIndex].ends) {
                first = entry;
                firstIndex = i;
            }
        }
    }
    if (first == m_pins.end())
        return;
    forget(first->second, first->second.begin() + ptrdiff_t(firstIndex));
    if (first->second.empty())
        m_pins.erase(first);
}

} // namespace boxgate::net
