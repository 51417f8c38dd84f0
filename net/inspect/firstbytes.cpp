#include "net/inspect/firstbytes.h"

#include <algorithm>

namespace boxgate::net {

using Finding = FirstBytes::Finding;

Finding FirstBytes::add(std::span<const uint8_t> bytes)
{
    if (m_finding != Finding::NeedMore)
        return m_finding;
    const auto taken = bytes.first(std::min(bytes.size(), MaxHeld - m_held.size()));
    if (m_held.empty()) {
        m_finding = judge(taken);
        if (m_finding == Finding::NeedMore)
            hold(taken);
    } else {
        hold(taken);
        m_finding = judge(m_held);
    }
    if (m_finding != Finding::NeedMore)
        m_held = std::vector<uint8_t>();
    return m_finding;
}

Finding FirstBytes::finish() const
{
    if (m_finding != Finding::NeedMore)
        return m_finding;
    return m_held.empty() ? Finding::NotInspected : Finding::NoName;
}

Finding FirstBytes::judge(std::span<const uint8_t> stream)
{
    const Finding waiting = stream.size() < MaxHeld ? Finding::NeedMore : Finding::NoName;
    switch (m_tls.read(stream)) {
    case ClientHelloReader::State::NeedMore:
        return waiting;
    case ClientHelloReader::State::Hello:
        return named(m_tls.hello().serverName, NameSource::Sni);
    case ClientHelloReader::State::Malformed:
        return Finding::NoName;
    case ClientHelloReader::State::NotTls:
        break;
    }
    switch (m_http.read(stream)) {
    case HttpHeadReader::State::NeedMore:
        return waiting;
    case HttpHeadReader::State::Head:
        return named(m_http.host(), NameSource::Host);
    case HttpHeadReader::State::Malformed:
        return Finding::NoName;
    case HttpHeadReader::State::NotHttp:
        break;
    }
    return Finding::NotInspected;
}

Finding FirstBytes::named(const std::string &name, NameSource source)
{
    if (name.empty())
        return Finding::NoName;
    m_name = name;
    m_source = source;
    return Finding::Named;
}

/// Grows by halves or more, and never beyond MaxHeld.
void FirstBytes::hold(std::span<const uint8_t> bytes)
{
    const size_t size = m_held.size() + bytes.size();
    if (size > m_held.capacity())
        m_held.reserve(std::min(MaxHeld, std::max(size, m_held.capacity() * 3 / 2)));
    m_held.insert(m_held.end(), bytes.begin(), bytes.end());
}

std::optional<std::pair<std::string, NameSource>> nameIn(std::span<const uint8_t> firstSegment)
{
    ClientHelloReader tls;
    HttpHeadReader http;
    if (tls.read(firstSegment) == ClientHelloReader::State::Hello && !tls.hello().serverName.empty())
        return std::pair(tls.hello().serverName, NameSource::Sni);
    if (http.read(firstSegment) == HttpHeadReader::State::Head && !http.host().empty())
        return std::pair(http.host(), NameSource::Host);
    return std::nullopt;
}

} // namespace boxgate::net
