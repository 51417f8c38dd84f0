#include "core/guest/protocol/hostmessages.h"

namespace boxgate::guest {

namespace {

constexpr std::size_t StringMinimum = 4; // its count
constexpr std::uint8_t MaxSignal = 64;

void write(ByteWriter &out, const Ipv4Octets &address) { out.raw(address); }

Ipv4Octets readAddress(ByteReader &in)
{
    Ipv4Octets address{};
    for (std::uint8_t &octet : address)
        octet = in.u8();
    return address;
}

void write(ByteWriter &out, const GuestNetwork &network)
{
    out.flag(network.enabled);
    write(out, network.address);
    out.u8(network.prefixLength);
    write(out, network.gateway);
    write(out, network.nameServer);
    out.strings(network.searchDomains);
    out.u16(network.mtu);
}

GuestNetwork readNetwork(ByteReader &in)
{
    GuestNetwork network;
    network.enabled = in.flag();
    network.address = readAddress(in);
    network.prefixLength = in.u8();
    if (network.prefixLength > 32)
        in.fail();
    network.gateway = readAddress(in);
    network.nameServer = readAddress(in);
    network.searchDomains = in.strings();
    network.mtu = in.u16();
    return network;
}

template <typename Message> std::optional<Message> whenComplete(const ByteReader &in, Message &&message)
{
    if (!in.complete())
        return std::nullopt;
    return std::move(message);
}

template <typename Message> std::optional<Message> decodeEmpty(BytesView payload)
{
    return payload.empty() ? std::optional<Message>(Message{}) : std::nullopt;
}

} // namespace

Bytes Configure::encode() const
{
    ByteWriter out;
    out.string(hostname);
    write(out, network);
    out.u32(static_cast<std::uint32_t>(hosts.size()));
    for (const HostsEntry &entry : hosts) {
        out.string(entry.address);
        out.strings(entry.names);
    }
    out.string(rootDevice);
    out.flag(growRoot);
    out.i64(unixTime.count());
    out.u32(static_cast<std::uint32_t>(mounts.size()));
    for (const GuestMount &mount : mounts) {
        out.string(mount.tag);
        out.string(mount.path);
        out.flag(mount.readOnly);
    }
    out.bytes(seed);
    return out.take();
}

std::optional<Configure> Configure::decode(BytesView payload)
{
    ByteReader in(payload);
    Configure configure;
    configure.hostname = in.string();
    configure.network = readNetwork(in);
    for (std::size_t left = in.count(2 * StringMinimum); left > 0 && in.ok(); --left) {
        HostsEntry entry;
        entry.address = in.string();
        entry.names = in.strings();
        configure.hosts.push_back(std::move(entry));
    }
    configure.rootDevice = in.string();
    configure.growRoot = in.flag();
    configure.unixTime = std::chrono::nanoseconds(in.i64());
    for (std::size_t left = in.count(2 * StringMinimum + 1); left > 0 && in.ok(); --left) {
        GuestMount mount;
        mount.tag = in.string();
        mount.path = in.string();
        mount.readOnly = in.flag();
        configure.mounts.push_back(std::move(mount));
    }
    const BytesView seed = in.bytes();
    configure.seed.assign(seed.begin(), seed.end());
    return whenComplete(in, std::move(configure));
}

Bytes Exec::encode() const
{
    ByteWriter out;
    out.strings(argv);
    out.strings(env);
    out.string(workingDirectory);
    out.string(user);
    out.flag(tty);
    out.flag(wantsStdin);
    out.u16(rows);
    out.u16(columns);
    out.u32(static_cast<std::uint32_t>(timeout.count()));
    out.flag(isMain);
    out.u8(stopSignal);
    return out.take();
}

std::optional<Exec> Exec::decode(BytesView payload)
{
    ByteReader in(payload);
    Exec exec;
    exec.argv = in.strings();
    exec.env = in.strings();
    exec.workingDirectory = in.string();
    exec.user = in.string();
    exec.tty = in.flag();
    exec.wantsStdin = in.flag();
    exec.rows = in.u16();
    exec.columns = in.u16();
    exec.timeout = std::chrono::milliseconds(in.u32());
    exec.isMain = in.flag();
    exec.stopSignal = in.u8();
    if (exec.stopSignal > MaxSignal)
        in.fail();
    return whenComplete(in, std::move(exec));
}

Bytes Copy::encode() const
{
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(direction));
    out.string(path);
    out.string(name);
    out.flag(followLink);
    out.flag(keepOwners);
    return out.take();
}

std::optional<Copy> Copy::decode(BytesView payload)
{
    ByteReader in(payload);
    Copy copy;
    const std::uint8_t direction = in.u8();
    if (direction > static_cast<std::uint8_t>(Direction::In))
        in.fail();
    copy.direction = static_cast<Direction>(direction);
    copy.path = in.string();
    copy.name = in.string();
    copy.followLink = in.flag();
    copy.keepOwners = in.flag();
    return whenComplete(in, std::move(copy));
}

Bytes Signal::encode() const { return {number}; }

std::optional<Signal> Signal::decode(BytesView payload)
{
    ByteReader in(payload);
    Signal signal;
    signal.number = in.u8();
    if (signal.number < 1 || signal.number > MaxSignal)
        in.fail();
    return whenComplete(in, std::move(signal));
}

Bytes Resize::encode() const
{
    ByteWriter out;
    out.u16(rows);
    out.u16(columns);
    return out.take();
}

std::optional<Resize> Resize::decode(BytesView payload)
{
    ByteReader in(payload);
    Resize resize;
    resize.rows = in.u16();
    resize.columns = in.u16();
    return whenComplete(in, std::move(resize));
}

std::optional<Hangup> Hangup::decode(BytesView payload) { return decodeEmpty<Hangup>(payload); }

std::optional<UsageRequest> UsageRequest::decode(BytesView payload)
{
    return decodeEmpty<UsageRequest>(payload);
}

Bytes SetClock::encode() const
{
    ByteWriter out;
    out.i64(unixTime.count());
    return out.take();
}

std::optional<SetClock> SetClock::decode(BytesView payload)
{
    ByteReader in(payload);
    SetClock clock;
    clock.unixTime = std::chrono::nanoseconds(in.i64());
    return whenComplete(in, std::move(clock));
}

Bytes Shutdown::encode() const
{
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(grace.count()));
    return out.take();
}

std::optional<Shutdown> Shutdown::decode(BytesView payload)
{
    ByteReader in(payload);
    Shutdown shutdown;
    shutdown.grace = std::chrono::milliseconds(in.u32());
    return whenComplete(in, std::move(shutdown));
}

} // namespace boxgate::guest
