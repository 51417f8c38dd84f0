#pragma once

#include "net/flow/ledger.h"
#include "net/policy/gate.h"
#include "net/services/dnsmessage.h"
#include "net/services/dnsupstream.h"
#include "net/services/hostsfile.h"
#include "net/services/zonetable.h"

#include <functional>

namespace boxgate::net {

/// The box's only name server: zones, then the policy, then what the host's own programs would get.
///
/// Under an allowlist a name that is not allowed is answered here and never asked outside, whatever the type;
/// an allowed name's addresses are pinned to it. IPv6 addresses are never given. Thread: net. Knows messages,
/// not how they travel.
class DnsService
{
public:
    /// answer   a whole message; empty: do not answer
    using Respond = std::function<void(std::vector<uint8_t> answer)>;

    DnsService(Gate &gate, Ledger &ledger, ZoneTable zones, DnsUpstream &upstream, std::string hostsFile);

    enum class Channel
    {
        Udp,
        Tcp
    };

    /// Answers a guest's message through respond, at once or when a resolver has answered.
    void handle(std::span<const uint8_t> message, Channel channel, Respond respond);

    /// The address that a zone has for a name.
    std::optional<Ipv4> zoned(const std::string &name) const { return m_zones.find(name).address; }

private:
    struct Asked
    {
        dns::Query query;
        size_t limit;
        DnsReport report; ///< filled in on the way to the answer
    };

    std::optional<std::vector<uint8_t>> answerHere(Asked &asked);
    std::optional<std::vector<uint8_t>> answerPointer(Asked &asked);
    std::optional<std::vector<uint8_t>> answerByPolicy(Asked &asked);
    std::vector<uint8_t> answerFromOutside(Asked &asked, std::span<const uint8_t> reply);
    std::vector<uint8_t> answerAddresses(Asked &asked, dns::Rcode code, std::vector<dns::Record> records);

    void report(Asked &asked, std::span<const uint8_t> answer);

    Gate &m_gate;
    Ledger &m_ledger;
    ZoneTable m_zones;
    DnsUpstream &m_upstream;
    HostsFile m_hosts;
};

} // namespace boxgate::net
