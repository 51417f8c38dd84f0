#include "net/policy/destination.h"

#include "net/addressplan.h"

#include <charconv>

namespace boxgate::net {

namespace {

tl::unexpected<std::string> unreadable(std::string_view text)
{
    return tl::make_unexpected("'" + std::string(text.substr(0, 80))
                               + "' is not a destination: write HOST[:PORT][/tcp|/udp]");
}

/// What to do about a verdict that blocks.
std::string nextStep(const TestReport &report, const std::string &shown)
{
    switch (report.reason) {
    case Reason::NoRule:
        return "a rule such as '" + shown + "' would allow it";
    case Reason::OffMode:
        return "switch the network to open or allowlist";
    case Reason::HostAliasClosed:
        return "add port " + std::to_string(report.port) + " to the host loopback setting";
    case Reason::AlwaysBlocked:
        return "nothing: no box may reach this address";
    case Reason::Gateway:
        return "nothing: the gateway offers DNS, DHCP and ping only; the host is host.boxlite.internal";
    case Reason::NameService:
        return "nothing: names are asked of the box's own resolver only";
    default:
        return {};
    }
}

/// The judgement on a name whose addresses are not known or do not matter.
Verdict judgeName(const Policy &policy, const std::string &name, const Endpoint &endpoint)
{
    if (policy.mode() == Mode::Off)
        return {false, Reason::OffMode};
    if (policy.mode() == Mode::Open)
        return {true, Reason::OpenMode};
    return policy.judgeName(name, endpoint.transport, endpoint.port);
}

std::string writeRule(const std::string &host, const Endpoint &endpoint)
{
    const std::string port = ":" + std::to_string(endpoint.port);
    return host + port + (endpoint.transport == Transport::Udp ? "/udp" : "");
}

} // namespace

tl::expected<WrittenDestination, std::string> WrittenDestination::parse(std::string_view text)
{
    std::string_view rest = text;
    WrittenDestination destination;
    destination.endpoint.port = DefaultPort;
    if (rest.ends_with("/udp") || rest.ends_with("/tcp")) {
        destination.endpoint.transport = rest.ends_with("/udp") ? Transport::Udp : Transport::Tcp;
        rest.remove_suffix(4);
    }
    if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
        const std::string_view digits = rest.substr(colon + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), destination.endpoint.port);
        if (error != std::errc() || end != digits.data() + digits.size() || destination.endpoint.port == 0)
            return unreadable(text);
        rest = rest.substr(0, colon);
    }
    if (const auto address = parseIpv4(rest)) {
        destination.endpoint.address = *address;
        return destination;
    }
    if (const std::string why = whyNotHostName(normalizedName(rest)); !why.empty())
        return unreadable(text);
    destination.name = normalizedName(rest);
    return destination;
}

TestReport testDestination(const Policy &policy, PinTable pins, const WrittenDestination &destination,
                           std::optional<Ipv4> zoned, PinTable::Clock::time_point now)
{
    TestReport report;
    report.transport = destination.endpoint.transport;
    report.port = destination.endpoint.port;
    report.name = destination.name;
    Endpoint endpoint = destination.endpoint;
    if (zoned)
        endpoint.address = *zoned;
    const bool hasAddress = destination.name.empty() || zoned;
    Verdict verdict;
    if (endpoint.port == plan::DnsPort && policy.mode() != Mode::Off)
        verdict = {false, Reason::NameService}; // answered by the resolver, whatever the address
    else if (hasAddress)
        verdict = policy.judge(endpoint, pins, now);
    else
        verdict = judgeName(policy, destination.name, endpoint);
    // A zone's address is pinned to its name once the box has asked for it.
    if (zoned && verdict.reason == Reason::NoRule)
        verdict = judgeName(policy, destination.name, endpoint);
    report.isAllowed = verdict.isAllowed;
    report.reason = verdict.reason;
    report.rule = policy.ruleText(verdict.rule);
    if (zoned)
        report.addresses = {*zoned};
    else if (!destination.name.empty())
        report.addresses = pins.addressesOf(destination.name, now);
    else if (verdict.reason == Reason::NameRule)
        report.name = pins.nameOf(endpoint.address, now);
    const std::string host = destination.name.empty() ? toString(endpoint.address) : destination.name;
    if (!report.isAllowed)
        report.nextStep = nextStep(report, writeRule(host, endpoint));
    return report;
}

} // namespace boxgate::net
