/// The whole of the engine behind the sanitiser, on sockets of its own, in a network of the process's own.
///
/// One long-lived engine takes the frames of each input, and a host that listens on every address sees what
/// leaves. Whatever the frames are: nothing leaves that the list in force does not allow, what arrives by a
/// rule for a name begins with a hello that names it, what the guest gets is well formed, and nothing is left
/// at the end. The input is a list to begin with and a series of steps, see takeStep().
#include "tests/fuzz/switchworld.h"
#include "tests/net/hellofixture.h"
#include "tests/net/rawguest.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

using namespace boxgate::fuzz;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

constexpr size_t Connections = 4;
constexpr uint16_t FirstPort = 40000; ///< of the guest
constexpr uint32_t FirstSequence = 1000;

const Ipv4 Addresses[] = {AllowedIp,
                          OtherIp,
                          plan::HostAlias,
                          plan::Gateway,
                          Ipv4::of(127, 0, 0, 1),
                          Ipv4::of(169, 254, 169, 254),
                          Ipv4::of(192, 168, 127, 77),
                          Ipv4::of(0, 0, 0, 0)};
constexpr uint16_t Ports[] = {Port, Port, Port, Port, 53, 67, 80, 853};
const char *const Names[] = {"allowed.test", "other.test", "host.boxlite.internal", "x.allowed.test"};

/// What a client may say. The first two, and the two after them, are of the same size.
const QByteArray Streams[] = {tlsHello("allowed.test"),       tlsHello("foreign.test"),
                              httpHead("allowed.test"),       httpHead("foreign.test"),
                              tlsHello("allowed.test", 2000), tlsHello("foreign.test", 2000),
                              "SSH-2.0-client\r\n",           QByteArray::fromHex("00000008000304d2162f")};

/// Takes an input apart. What is not there is zero.
class Input
{
public:
    Input(const uint8_t *data, size_t size)
        : m_left(data, size)
    { }

    bool isAtEnd() const { return m_left.empty(); }
    uint8_t byte()
    {
        if (m_left.empty())
            return 0;
        const uint8_t value = m_left[0];
        m_left = m_left.subspan(1);
        return value;
    }
    uint16_t word()
    {
        const uint8_t high = byte();
        return uint16_t(high << 8 | byte());
    }
    Frame bytes(size_t count)
    {
        const auto taken = m_left.first(std::min(count, m_left.size()));
        m_left = m_left.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }

private:
    std::span<const uint8_t> m_left;
};

/// Addresses and checksum that get a frame past the first checks, so that the deeper ones are reached.
void makePlausible(Frame &frame)
{
    constexpr size_t IpAt = wire::EthernetHeader;
    if (frame.size() < IpAt + wire::Ipv4Header)
        return;
    std::ranges::copy(plan::GatewayMac, frame.begin());
    std::ranges::copy(plan::GuestMac, frame.begin() + 6);
    storeBe32(frame.data() + IpAt + 12, plan::Guest.value);
    mendIpv4(frame, IpAt);
}

/// A frame to the guest: from the gateway, whole, with checksums that hold.
void checkAnswer(std::span<const uint8_t> frame)
{
    require(frame.size() >= wire::EthernetHeader + wire::Ipv4Header, "a frame to the guest is whole");
    require(std::equal(plan::GuestMac.begin(), plan::GuestMac.end(), frame.begin()), "it is for the guest");
    require(std::equal(plan::GatewayMac.begin(), plan::GatewayMac.end(), frame.begin() + 6),
            "it is from the gateway");
    const uint16_t etherType = loadBe16(frame.data() + 12);
    if (etherType == wire::EtherTypeArp)
        return;
    require(etherType == wire::EtherTypeIpv4, "it is ARP or IPv4");
    const auto ip = frame.subspan(wire::EthernetHeader);
    require(ip[0] == 0x45 && loadBe16(ip.data() + 2) == ip.size(), "its lengths are right");
    require(checksum(ip.first(wire::Ipv4Header)) == 0, "its header's checksum is right");
    const Ipv4 from{loadBe32(ip.data() + 12)};
    const Ipv4 to{loadBe32(ip.data() + 16)};
    require(from != plan::Guest && (to == plan::Guest || to == plan::LimitedBroadcast),
            "its addresses are right");
    if (loadBe16(ip.data() + 6) & (wire::MoreFragments | wire::FragmentOffsetMask))
        return;
    const auto payload = ip.subspan(wire::Ipv4Header);
    const bool isIcmp = ip[9] == wire::ProtocolIcmp;
    require((isIcmp ? checksum(payload) : transportChecksum(from, to, ip[9], payload)) == 0,
            "its checksum is right");
}

/// A guest with a few connections, of which it remembers enough to be believed.
class Guest
{
public:
    Guest(Engine &engine, Host &host, List list)
        : m_engine(engine)
        , m_host(host)
        , m_wasOn(list != List::Off)
    {
        for (size_t i = 0; i < Connections; ++i)
            m_connections[i].fromPort = uint16_t(FirstPort + i);
    }

    void takeStep(Input &input)
    {
        const uint8_t step = input.byte();
        const uint8_t choice = step >> 3;
        switch (step & 7) {
        case 0:
            takeRaw(input, choice);
            break;
        case 1:
            connect(m_connections[choice % Connections], input.byte());
            if (choice / Connections == 0)
                turn(); // or what follows comes while it still connects
            break;
        case 2:
            sendSegment(m_connections[choice % Connections], input, choice / Connections);
            break;
        case 3:
            sendPiece(m_connections[choice % Connections], input);
            break;
        case 4:
            turn();
            break;
        case 5: {
            const Ipv4 to = Addresses[choice % std::size(Addresses)];
            const uint16_t port = Ports[input.byte() % std::size(Ports)];
            m_engine.take(udp(input.bytes(input.byte()), port, to));
            break;
        }
        case 6: {
            const uint8_t type = input.byte();
            m_engine.take(
                udp(question(Names[choice % std::size(Names)], type), plan::DnsPort, plan::Gateway));
            break;
        }
        case 7:
            change(choice);
            break;
        }
    }

    void turn()
    {
        m_engine.turn();
        readAnswers();
    }

private:
    void readAnswers()
    {
        m_engine.forEachAnswer([this](std::span<const uint8_t> frame) {
            require(m_wasOn, "a box that is off hears nothing");
            checkAnswer(frame);
            learn(frame);
        });
    }

    void takeRaw(Input &input, uint8_t isPlausible)
    {
        Frame frame = input.bytes(input.word() % (Engine::Mtu + 32));
        if (isPlausible & 1)
            makePlausible(frame);
        m_engine.take(frame);
    }

    void connect(Segment &connection, uint8_t where)
    {
        connection.to = Addresses[where % std::size(Addresses)];
        connection.toPort = Ports[where / 8 % std::size(Ports)];
        connection.sequence = FirstSequence + (where & 0x80 ? 300'000 : 0);
        connection.flags = wire::TcpSyn;
        m_engine.take(frameOf(connection));
        ++connection.sequence;
        connection.flags = wire::TcpAck;
    }

    /// Anything on a connection: flags, offset and acknowledgment from the input. far   beyond the window
    void sendSegment(const Segment &connection, Input &input, uint8_t far)
    {
        Segment segment = connection;
        segment.flags = input.byte();
        segment.sequence += uint32_t(int16_t(input.word()) * (far ? 1000 : 1));
        segment.acknowledgment += uint32_t(int8_t(input.byte()) * 97);
        const uint8_t size = input.byte();
        segment.spoilChecksum = size > 0xf8;
        segment.data = input.bytes(size);
        m_engine.take(frameOf(segment));
    }

    /// A piece of a known stream where it belongs, and maybe an acknowledgment of what was never sent.
    void sendPiece(const Segment &connection, Input &input)
    {
        const uint8_t choice = input.byte();
        const QByteArray &stream = Streams[choice % std::size(Streams)];
        const auto at = qsizetype(input.byte() * (stream.size() + 1) / 256);
        const QByteArray piece = stream.mid(at, input.byte() * 16);
        Segment segment = connection;
        segment.sequence += uint32_t(at);
        segment.flags = wire::TcpAck | wire::TcpPsh;
        if (choice & 0x10)
            segment.acknowledgment += 100'000;
        if (choice & 0x20)
            segment.flags |= wire::TcpFin;
        if (choice & 0x40)
            segment.window = 1000;
        segment.data.assign(piece.begin(), piece.end());
        m_engine.take(frameOf(segment));
    }

    static Frame question(std::string_view name, uint8_t type)
    {
        Frame message{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
        while (!name.empty()) {
            const size_t size = std::min(name.find('.'), name.size());
            message.push_back(uint8_t(size));
            message.insert(message.end(), name.begin(), name.begin() + ptrdiff_t(size));
            name.remove_prefix(std::min(size + 1, name.size()));
        }
        const uint8_t rest[] = {0, 0, type, 0, 1};
        message.insert(message.end(), rest, rest + sizeof rest);
        return message;
    }

    void change(uint8_t choice)
    {
        if (choice & 4) {
            const auto list = List(choice & 3);
            m_wasOn = m_wasOn || list != List::Off;
            m_host.check(); // what is on its way was let in before
            m_host.allow(list);
            m_engine.setList(list);
        } else if (choice & 2) {
            m_engine.closeUnwanted();
        } else {
            m_engine.letSecondsPass(choice & 1 ? 6 : 1);
        }
        readAnswers();
    }

    void learn(std::span<const uint8_t> frame)
    {
        constexpr size_t TcpAt = wire::EthernetHeader + wire::Ipv4Header;
        if (loadBe16(frame.data() + 12) != wire::EtherTypeIpv4
            || frame[wire::EthernetHeader + 9] != wire::ProtocolTcp)
            return;
        const size_t index = size_t(loadBe16(frame.data() + TcpAt + 2) - FirstPort);
        if (index < Connections && (frame[TcpAt + 13] & wire::TcpSyn))
            m_connections[index].acknowledgment = loadBe32(frame.data() + TcpAt + 4) + 1;
    }

    Engine &m_engine;
    Host &m_host;
    std::array<Segment, Connections> m_connections;
    bool m_wasOn; ///< since its begin
};

Host *host = nullptr;
Engine *engine = nullptr;

} // namespace

/// What the engine keeps from one input to the next looks like leaks to libFuzzer, which then looks for them
/// after each: 400 inputs per second instead of thousands. Engine::reset() looks for what is left over. And a
/// small quarantine, so that memory is used again while it is in the cache.
extern "C" const char *__asan_default_options() { return "detect_leaks=0:quarantine_size_mb=8"; }

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    if (!enterNetwork()) {
        std::fputs("No network namespace here: skipped\n", stderr);
        std::_Exit(0);
    }
    std::signal(SIGPIPE, SIG_IGN); // as the engine's own thread has it
    host = new Host;
    engine = new Engine(host->resolver());
    engine->reset();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    const auto list = List(input.byte() & 3);
    host->allow(list);
    engine->setList(list);
    Guest guest(*engine, *host, list);
    while (!input.isAtEnd())
        guest.takeStep(input);
    guest.turn();
    engine->reset();
    engine->forEachAnswer([](std::span<const uint8_t>) {}); // the resets
    host->reset();
    return 0;
}
