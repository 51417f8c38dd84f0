#include "net/services/dnsservice.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"

#include <sys/random.h>

namespace boxgate::net {

using namespace dns;

namespace {

constexpr uint32_t HostsFileTtl = 10; ///< s; the file may change at any time
constexpr const char *HostAliasName = "host.boxlite.internal";

uint16_t freshId()
{
    uint16_t id = 0;
    if (::getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id)
        id = uint16_t(std::chrono::steady_clock::now().time_since_epoch().count());
    return id;
}

Record addressRecord(const std::string &owner, Ipv4 address, uint32_t ttl)
{
    Record record;
    record.owner = owner;
    record.ttl = ttl;
    record.address = address;
    return record;
}

} // namespace

DnsService::DnsService(Gate &gate, Ledger &ledger, ZoneTable zones, DnsUpstream &upstream,
                       std::string hostsFile)
    : m_gate(gate)
    , m_ledger(ledger)
    , m_zones(std::move(zones))
    , m_upstream(upstream)
    , m_hosts(std::move(hostsFile))
{ }

void DnsService::handle(std::span<const uint8_t> message, Channel channel, Respond respond)
{
    auto query = parseQuery(message);
    if (!query) {
        respond(query.error().isAnswerable ? buildError(query.error()) : std::vector<uint8_t>());
        return;
    }
    Asked asked{std::move(*query), HighestTcpSize, {}};
    asked.report.name = asked.query.name;
    asked.report.type = asked.query.type;
    if (channel == Channel::Udp)
        asked.limit = asked.query.udpSize;
    if (auto answer = answerHere(asked)) {
        report(asked, *answer);
        respond(std::move(*answer));
        return;
    }
    const std::vector<uint8_t> outside = buildQuery(asked.query, freshId());
    m_upstream.ask(outside,
                   [this, asked = std::move(asked),
                    respond = std::move(respond)](std::span<const uint8_t> reply) mutable {
                       std::vector<uint8_t> answer = answerFromOutside(asked, reply);
                       report(asked, answer);
                       respond(std::move(answer));
                   });
}

void DnsService::report(Asked &asked, std::span<const uint8_t> answer)
{
    asked.report.code = answer.size() < HeaderSize ? uint8_t(Rcode::ServerFailure) : answer[3] & 15;
    const bool hasFailed = asked.report.code != uint8_t(Rcode::NoError);
    if (asked.report.outcome == DnsOutcome::Answered && hasFailed)
        asked.report.outcome = DnsOutcome::Failed;
    const int rule = m_gate.policy().mode() == Mode::Allowlist && asked.report.outcome != DnsOutcome::Zone
        ? m_gate.policy().ruleOfName(asked.query.name)
        : -1;
    m_ledger.asked(std::move(asked.report), rule);
}

std::optional<std::vector<uint8_t>> DnsService::answerHere(Asked &asked)
{
    const Query &query = asked.query;
    if (query.qclass != ClassInternet)
        return buildAnswer(query, Rcode::Refused, {}, asked.limit);
    if (query.type == Any || query.type == Axfr || query.type == Ixfr)
        return buildAnswer(query, Rcode::NotImplemented, {}, asked.limit);
    const ZoneTable::Answer zone = m_zones.find(query.name);
    if (zone.match != ZoneTable::Match::NotOurs)
        asked.report.outcome = DnsOutcome::Zone;
    if (zone.match == ZoneTable::Match::NoSuchName)
        return buildAnswer(query, Rcode::NameError, {}, asked.limit);
    if (zone.match == ZoneTable::Match::Found) {
        std::vector<Record> records;
        if (query.type == A && zone.address) {
            records.push_back(addressRecord(query.name, *zone.address, ZoneTable::Ttl));
            asked.report.addresses.push_back(*zone.address);
            m_gate.pins().pin(*zone.address, query.name, std::chrono::seconds(ZoneTable::Ttl),
                              Gate::Clock::now(), PinTable::Source::Zone);
        }
        return buildAnswer(query, Rcode::NoError, records, asked.limit);
    }
    if (query.type == Ptr) {
        if (auto answer = answerPointer(asked))
            return answer;
    }
    if (auto answer = answerByPolicy(asked))
        return answer;
    if (query.type != A)
        return std::nullopt;
    const std::span<const Ipv4> known = m_hosts.find(query.name);
    if (known.empty())
        return std::nullopt;
    std::vector<Record> records;
    for (const Ipv4 address : known)
        records.push_back(addressRecord(query.name, address, HostsFileTtl));
    return answerAddresses(asked, Rcode::NoError, std::move(records));
}

std::optional<std::vector<uint8_t>> DnsService::answerPointer(Asked &asked)
{
    const auto address = addressOfPointer(asked.query.name);
    if (address && *address == plan::HostAlias)
        return buildPointerAnswer(asked.query, HostAliasName, ZoneTable::Ttl);
    if (address && plan::Subnet.contains(*address))
        return buildAnswer(asked.query, Rcode::NameError, {}, asked.limit);
    if (m_gate.policy().mode() == Mode::Open)
        return std::nullopt;
    std::string pinned;
    if (address) {
        m_gate.pins().use(*address, Gate::Clock::now(), [&](const PinTable::Pin &pin) {
            if (!m_gate.policy().mayResolve(pin.name)) // its rule has gone
                return false;
            pinned = pin.name;
            return true;
        });
    }
    if (pinned.empty())
        return buildAnswer(asked.query, Rcode::NameError, {}, asked.limit);
    return buildPointerAnswer(asked.query, pinned, ZoneTable::Ttl);
}

std::optional<std::vector<uint8_t>> DnsService::answerByPolicy(Asked &asked)
{
    const Query &query = asked.query;
    if (!m_gate.policy().mayResolve(query.name)) {
        asked.report.outcome = DnsOutcome::Refused;
        std::vector<Record> records;
        if (query.type == A)
            records.push_back(addressRecord(query.name, Ipv4(), 0));
        return buildAnswer(query, Rcode::NoError, records, asked.limit);
    }
    const bool isAllowlist = m_gate.policy().mode() == Mode::Allowlist;
    if (query.type == Aaaa || (isAllowlist && (query.type == Https || query.type == Svcb)))
        return buildAnswer(query, Rcode::NoError, {}, asked.limit);
    return std::nullopt;
}

std::vector<uint8_t> DnsService::answerFromOutside(Asked &asked, std::span<const uint8_t> reply)
{
    // The policy may have changed while the resolver was thinking.
    if (auto answer = answerByPolicy(asked))
        return std::move(*answer);
    if (reply.empty())
        return buildAnswer(asked.query, Rcode::ServerFailure, {}, asked.limit);
    if (asked.query.type != A) {
        std::vector<uint8_t> relayed = relayReply(asked.query, reply, asked.limit);
        if (relayed.empty())
            return buildAnswer(asked.query, Rcode::ServerFailure, {}, asked.limit);
        return relayed;
    }
    auto parsed = parseReply(reply);
    if (!parsed)
        return buildAnswer(asked.query, Rcode::ServerFailure, {}, asked.limit);
    return answerAddresses(asked, parsed->code, reachableFrom(asked.query.name, parsed->records));
}

std::vector<uint8_t> DnsService::answerAddresses(Asked &asked, Rcode code, std::vector<Record> records)
{
    asked.report.removedAddresses = std::erase_if(records, [&](const Record &record) {
        return record.type == A && !m_gate.policy().mayAnswer(record.address);
    });
    // What is answered is pinned, so no more than a name can have: those in excess would push each other out.
    // In the open mode, too: a pin is also where the name of a destination comes from.
    const bool isAllowlist = m_gate.policy().mode() == Mode::Allowlist;
    if (isAllowlist && records.size() > PinTable::MaxPerName)
        records.resize(PinTable::MaxPerName);
    for (const Record &record : records) {
        if (record.type != A)
            continue;
        m_gate.pins().pin(record.address, asked.query.name, std::chrono::seconds(record.ttl),
                          Gate::Clock::now());
        if (asked.report.addresses.size() < Ledger::MaxReportedAddresses)
            asked.report.addresses.push_back(record.address);
    }
    return buildAnswer(asked.query, code, records, asked.limit);
}

} // namespace boxgate::net
