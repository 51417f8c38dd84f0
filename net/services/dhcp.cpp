#include "net/services/dhcp.h"

#include "net/addressplan.h"
#include "net/policy/allowrule.h"
#include "net/wire/byteorder.h"

#include <algorithm>
#include <cstring>

namespace boxgate::net {

namespace {

constexpr size_t FixedPart = 236;
constexpr uint32_t MagicCookie = 0x63825363;
constexpr uint32_t LeaseSeconds = 86400;
constexpr uint8_t BootRequest = 1;
constexpr uint8_t BootReply = 2;
constexpr size_t LongestOption = 255;

enum Option : uint8_t
{
    Pad = 0,
    SubnetMask = 1,
    Router = 3,
    DomainNameServer = 6,
    DomainName = 15,
    InterfaceMtu = 26,
    RequestedAddress = 50,
    LeaseTime = 51,
    MessageType = 53,
    ServerIdentifier = 54,
    DomainSearch = 119,
    End = 255
};
enum Message : uint8_t
{
    Discover = 1,
    Offer = 2,
    Request = 3,
    Ack = 5,
    Nak = 6,
    Inform = 8
};

std::span<const uint8_t> findOption(std::span<const uint8_t> options, uint8_t code)
{
    while (!options.empty() && options[0] != End) {
        if (options[0] == Pad) {
            options = options.subspan(1);
            continue;
        }
        if (options.size() < 2 || options.size() - 2 < options[1])
            return {};
        if (options[0] == code)
            return options.subspan(2, options[1]);
        options = options.subspan(2 + size_t(options[1]));
    }
    return {};
}

/// The address the client insists on, from the option or from the header of a client that renews.
bool asksForAnother(std::span<const uint8_t> request, std::span<const uint8_t> options)
{
    const auto requested = findOption(options, RequestedAddress);
    const uint32_t renewed = loadBe32(request.data() + 12);
    const uint32_t wanted = requested.size() == 4 ? loadBe32(requested.data()) : renewed;
    return wanted != plan::Guest.value;
}

void addOption(std::vector<uint8_t> &reply, uint8_t code, std::span<const uint8_t> value)
{
    reply.push_back(code);
    reply.push_back(uint8_t(value.size()));
    reply.insert(reply.end(), value.begin(), value.end());
}

void addNumber(std::vector<uint8_t> &reply, uint8_t code, uint32_t value)
{
    uint8_t bytes[4];
    storeBe32(bytes, value);
    addOption(reply, code, bytes);
}

/// A name as labels, each after its length, up to the empty one (RFC 1035 section 3.1). Empty when it is not
/// a host name: what the guest gets ends up in its resolv.conf.
std::vector<uint8_t> labelsOf(std::string_view name)
{
    constexpr size_t LongestName = 253;
    constexpr size_t LongestLabel = 63;
    std::vector<uint8_t> labels;
    if (name.size() > LongestName)
        return {};
    for (size_t begin = 0; begin <= name.size();) {
        const size_t end = std::min(name.find('.', begin), name.size());
        const std::string_view label = name.substr(begin, end - begin);
        const bool isClean = std::ranges::all_of(label, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        if (label.empty() || label.size() > LongestLabel || !isClean)
            return {};
        labels.push_back(uint8_t(label.size()));
        labels.insert(labels.end(), label.begin(), label.end());
        begin = end + 1;
    }
    labels.push_back(0);
    return labels;
}

/// Adds as many as the reply holds with its last byte, End.
void addSearchDomains(std::vector<uint8_t> &reply, const std::vector<std::string> &domains)
{
    std::vector<uint8_t> list;
    int listed = 0;
    for (const std::string &domain : domains) {
        const std::string name = normalizedName(domain);
        const std::vector<uint8_t> labels = labelsOf(name);
        if (labels.empty())
            continue;
        if (listed == 0)
            addOption(reply, DomainName,
                      std::span(reinterpret_cast<const uint8_t *>(name.data()), name.size()));
        const size_t size = list.size() + labels.size();
        if (size > LongestOption || reply.size() + 2 + size + 1 > LargestDhcpReply)
            break;
        list.insert(list.end(), labels.begin(), labels.end());
        ++listed;
    }
    if (listed > 1)
        addOption(reply, DomainSearch, list);
}

std::optional<Message> answerTo(uint8_t message, bool another)
{
    switch (message) {
    case Discover:
        return Offer;
    case Request:
        return another ? Nak : Ack;
    case Inform:
        return Ack;
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<std::vector<uint8_t>> answerDhcp(std::span<const uint8_t> request, const DhcpSettings &settings)
{
    if (request.size() < FixedPart + 4 || request[0] != BootRequest || request[1] != 1 || request[2] != 6
        || loadBe32(request.data() + FixedPart) != MagicCookie
        || std::memcmp(request.data() + 28, plan::GuestMac.data(), plan::GuestMac.size()) != 0)
        return std::nullopt;
    const auto options = request.subspan(FixedPart + 4);
    const auto type = findOption(options, MessageType);
    if (type.size() != 1)
        return std::nullopt;
    const auto answer = answerTo(type[0], asksForAnother(request, options));
    if (!answer)
        return std::nullopt;

    std::vector<uint8_t> reply(FixedPart + 4, 0);
    std::copy_n(request.begin(), 44,
                reply.begin()); // operation, hardware, transaction, flags, addresses, client's MAC
    reply[0] = BootReply;
    storeBe32(reply.data() + 16, *answer == Nak || type[0] == Inform ? 0 : plan::Guest.value);
    storeBe32(reply.data() + 20, plan::Gateway.value);
    storeBe32(reply.data() + FixedPart, MagicCookie);
    const uint8_t message = *answer;
    addOption(reply, MessageType, std::span(&message, 1));
    addNumber(reply, ServerIdentifier, plan::Gateway.value);
    if (*answer != Nak) {
        if (type[0] != Inform)
            addNumber(reply, LeaseTime, LeaseSeconds);
        addNumber(reply, SubnetMask, Cidr::mask(plan::Subnet.prefix));
        addNumber(reply, Router, plan::Gateway.value);
        addNumber(reply, DomainNameServer, plan::Gateway.value);
        uint8_t mtu[2];
        storeBe16(mtu, uint16_t(settings.mtu));
        addOption(reply, InterfaceMtu, mtu);
        addSearchDomains(reply, settings.searchDomains);
    }
    reply.push_back(End);
    return reply;
}

} // namespace boxgate::net
