#include "core/base/descriptor.h"
#include "net/forward/tcpforwarder.h"
#include "tests/net/enginebench.h"
#include "tests/net/hellofixture.h"
#include "tests/net/rawguest.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

const Ipv4 AllowedIp = Ipv4::of(198, 51, 100, 10);
constexpr quint16 TcpPort = 7001;
constexpr int FramesPerBatch = 512;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool IsSanitized = true; // shadow memory and quarantine: only the program's own faults count
#else
constexpr bool IsSanitized = false;
#endif

/// Kibibytes of this process in memory.
qint64 residentKibibytes()
{
    QFile status(QStringLiteral("/proc/self/statm"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    return status.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE) / 1024;
}

enum class Flood
{
    Syn,
    Udp,
    DnsUdp,
    Fragments,
    Arp,
    Ping,
    Garbage
};

uint16_t portOf(int number) { return uint16_t(1024 + number % 60'000); }

/// Both are there: what has no route fails at once, and would cost nothing.
Ipv4 addressOf(int number) { return number / 60'000 % 2 == 0 ? AllowedIp : Ipv4::of(198, 51, 100, 20); }

/// A listener whose queue is full at once, so that further connections hang half-open.
Descriptor neverAccepts()
{
    Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(TcpPort);
    const int on = 1;
    ::setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener.number(), reinterpret_cast<sockaddr *>(&name), sizeof name) != 0
        || ::listen(listener.number(), 1) != 0)
        qFatal("listen: %s", strerror(errno));
    return listener;
}

Frame arpFrame()
{
    Frame packet(ArpPacket, 0);
    constexpr uint8_t start[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    std::ranges::copy(start, packet.begin());
    std::ranges::copy(plan::GuestMac, packet.begin() + 8);
    storeBe32(packet.data() + 14, plan::Guest.value);
    storeBe32(packet.data() + 24, plan::Gateway.value);
    return ethernet(EtherTypeArp, packet);
}

Frame fragmentFrame(int number)
{
    Frame frame = ethernet(EtherTypeIpv4, ipv4(ProtocolUdp, Frame(16, uint8_t(number)), AllowedIp));
    uint8_t *const ip = frame.data() + EthernetHeader;
    storeBe16(ip + 4, uint16_t(number % 64));
    storeBe16(ip + 6, uint16_t(MoreFragments | (number / 64 * 4 % 8000)));
    mendIpv4(frame, EthernetHeader);
    return frame;
}

Frame frameOf(Flood flood, int number)
{
    Segment syn;
    switch (flood) {
    case Flood::Syn:
        syn.to = addressOf(number);
        syn.toPort = TcpPort;
        syn.fromPort = portOf(number);
        syn.flags = TcpSyn;
        return test::frameOf(syn);
    case Flood::Udp:
        return udp(Frame(64, 7), 9999, addressOf(number), plan::Guest, portOf(number));
    case Flood::DnsUdp: {
        const QByteArray query = dnsQuery("n" + QByteArray::number(number) + ".silent.test", 1);
        return udp(Frame(query.begin(), query.end()), plan::DnsPort, plan::Gateway, plan::Guest,
                   portOf(number));
    }
    case Flood::Fragments:
        return fragmentFrame(number);
    case Flood::Arp:
        return arpFrame();
    case Flood::Ping: {
        Frame icmp(1400, 0);
        icmp[0] = IcmpEchoRequest;
        storeBe16(icmp.data() + 2, checksum(icmp));
        return ethernet(EtherTypeIpv4, ipv4(ProtocolIcmp, icmp, plan::Gateway));
    }
    case Flood::Garbage:
        return Frame(1 + size_t(number % 1500), uint8_t(number));
    }
    return {};
}

} // namespace

/// A guest that sends as fast as it can, and reads nothing: the engine stays small and answers its owner.
class TestEngineFlood : public QObject, EngineBench
{
    Q_OBJECT

private:
    /// Asks the engine until the flood is over. Returns  the longest wait for an answer, in ms
    qint64 worstAnswer(const std::atomic<bool> &isOver)
    {
        qint64 worst = 0;
        bool isOpen = true;
        while (!isOver) {
            QElapsedTimer timer;
            timer.start();
            m_engine->counters();
            isOpen = !isOpen;
            if (!m_engine->apply(isOpen ? PolicyConfig() : allowlist({"198.51.100.0/24", "*.silent.test"})))
                return -1;
            worst = std::max(worst, timer.elapsed());
            QTest::qWait(5); // leaves the engine to the flood
        }
        return worst;
    }

    void checkAnswer(qint64 worst)
    {
        QVERIFY(worst >= 0);
        qInfo("answered within %lld ms", static_cast<long long>(worst));
        const qint64 limit = IsSanitized ? 3000 : 100;
        QVERIFY2(worst <= limit, qPrintable(QStringLiteral("an answer took %1 ms").arg(worst)));
    }

    void checkGrowth(qint64 before, qint64 mebibytes)
    {
        const qint64 grown = (residentKibibytes() - before) / 1024;
        qInfo("grew by %lld MiB", static_cast<long long>(grown));
        if (!IsSanitized)
            QVERIFY2(grown <= mebibytes, qPrintable(QStringLiteral("%1 MiB more").arg(grown)));
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void staysSmallAndAnswers_data()
    {
        QTest::addColumn<int>("flood");
        QTest::addColumn<int>("frames");
        QTest::addColumn<int>("mebibytes");
        // libslirp keeps 2 buffers of 128 KiB per connection, of which a page each is touched; the cap on
        // half-open connections holds it.
        QTest::newRow("SYN") << int(Flood::Syn) << 30'000 << 64;
        QTest::newRow("UDP") << int(Flood::Udp) << 30'000 << 32;
        QTest::newRow("DNS") << int(Flood::DnsUdp) << 20'000 << 32;
        QTest::newRow("fragments") << int(Flood::Fragments) << 60'000 << 32;
        QTest::newRow("ARP") << int(Flood::Arp) << 100'000 << 32;
        QTest::newRow("ping") << int(Flood::Ping) << 30'000 << 32;
        QTest::newRow("garbage") << int(Flood::Garbage) << 60'000 << 32;
    }
    void staysSmallAndAnswers()
    {
        QFETCH(int, flood);
        QFETCH(int, frames);
        QFETCH(int, mebibytes);
        const Descriptor deaf = neverAccepts();
        RawGuest guest(startBare());
        const qint64 before = residentKibibytes();
        std::atomic<bool> isOver{false};
        std::thread sender([&] {
            std::vector<Frame> batch;
            for (int i = 0; i < frames; ++i) {
                batch.push_back(frameOf(Flood(flood), i));
                if (int(batch.size()) == FramesPerBatch || i + 1 == frames) {
                    guest.sendRaw(RawGuest::onWire(batch));
                    batch.clear();
                    if (Flood(flood) != Flood::Ping && Flood(flood) != Flood::Arp)
                        guest.discard();
                    else if (m_engine->counters().packetsSent > 0 && i % (16 * FramesPerBatch) == 0)
                        guest.discard(); // hardly reads
                }
            }
            isOver = true;
        });
        const qint64 worst = worstAnswer(isOver);
        sender.join();
        checkAnswer(worst);
        checkGrowth(before, mebibytes);
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->counters().packetsSent, quint64(frames), 20'000);
    }

    void segmentsOutOfOrderAreNotHoarded()
    {
        const TcpServer server(Allowed, echo, TcpPort);
        RawGuest guest(startBare());
        constexpr int Connections = 8;
        std::vector<Segment> connections;
        for (int i = 0; i < Connections; ++i) {
            const auto segment = guest.connect(AllowedIp, TcpPort, uint16_t(40000 + i));
            QVERIFY(segment);
            connections.push_back(*segment);
        }
        const qint64 before = residentKibibytes();
        std::atomic<bool> isOver{false};
        std::thread sender([&] {
            // Every second byte of the window: the stack keeps each in a buffer of its own.
            for (Segment segment : connections) {
                segment.flags = TcpAck;
                segment.data = {'x'};
                std::vector<Frame> batch;
                for (int i = 0; i < 30'000; ++i) {
                    segment.sequence += 2;
                    batch.push_back(test::frameOf(segment));
                    if (int(batch.size()) == FramesPerBatch) {
                        guest.sendRaw(RawGuest::onWire(batch));
                        guest.discard();
                        batch.clear();
                    }
                }
            }
            isOver = true;
        });
        const qint64 worst = worstAnswer(isOver);
        sender.join();
        checkAnswer(worst);
        checkGrowth(before, 32);
    }

    void manyConnectionsDoNotDelayAnAnswer()
    {
        const TcpServer server(
            Allowed,
            [](int socket) {
                char byte;
                while (::recv(socket, &byte, 1, 0) > 0) { }
            },
            TcpPort);
        RawGuest guest(startBare());
        constexpr int Connections = 3000;
        for (int i = 0; i < Connections; ++i)
            QVERIFY(guest.connect(AllowedIp, TcpPort, uint16_t(10'000 + i)));
        std::atomic<bool> isOver{false};
        std::thread sender([&] {
            Segment segment;
            segment.to = AllowedIp;
            segment.toPort = TcpPort;
            segment.flags = TcpAck;
            for (int i = 0; i < 200; ++i) {
                std::vector<Frame> batch;
                for (int j = 0; j < FramesPerBatch; ++j) {
                    // a different one each time: the stack looks each up in a list
                    segment.fromPort = uint16_t(10'000 + (i * FramesPerBatch + j) * 7 % Connections);
                    batch.push_back(test::frameOf(segment));
                }
                guest.sendRaw(RawGuest::onWire(batch));
                guest.discard();
            }
            isOver = true;
        });
        const qint64 worst = worstAnswer(isOver);
        sender.join();
        checkAnswer(worst);
    }

    void questionsOverTcpAreNotHoarded()
    {
        startEngine(); // a real stack pushes through the name server's window
        const int socket = guestTcp(Gateway, 53);
        QVERIFY(socket >= 0);
        const QByteArray query = dnsQuery("other.test", 1);
        QByteArray questions;
        while (questions.size() < 1 << 20)
            questions += QByteArray(1, '\0') + char(query.size()) + query;
        const qint64 before = residentKibibytes();
        std::atomic<bool> isOver{false};
        std::thread reader([&] {
            char buffer[65536];
            while (::recv(socket, buffer, sizeof buffer, 0) > 0) { }
        });
        std::thread sender([&] {
            QElapsedTimer timer;
            timer.start();
            while (timer.elapsed() < 3000 && sendAll(socket, questions)) { }
            isOver = true;
        });
        const qint64 worst = worstAnswer(isOver);
        ::shutdown(socket, SHUT_RDWR);
        sender.join();
        reader.join();
        ::close(socket);
        checkAnswer(worst);
        checkGrowth(before, 24);
    }

    void hellosThatStopAreNotHoarded()
    {
        const RecordingServer server(Allowed, TcpPort);
        RawGuest guest(startBare(allowlist({"allowed.test"})));
        const QByteArray query = dnsQuery("allowed.test", 1);
        guest.send(udp({query.begin(), query.end()}, plan::DnsPort, plan::Gateway));
        QVERIFY(guest.receive([](const Frame &) { return true; }, 3000));
        const QByteArray part = tlsHello("allowed.test", 15'500).chopped(1);
        constexpr int Connections = 1300;
        QVERIFY(size_t(part.size()) * Connections > TcpForwarder::MaxHelloBytes + (2 << 20));
        std::vector<Segment> connections;
        for (int i = 0; i < Connections; ++i) {
            const auto segment = guest.connect(AllowedIp, TcpPort, uint16_t(10'000 + i));
            QVERIFY(segment);
            connections.push_back(*segment);
        }
        const qint64 before = residentKibibytes();
        for (Segment &segment : connections) {
            std::vector<Frame> frames;
            segment.flags = TcpAck;
            for (qsizetype at = 0; at < part.size(); at += 1400) {
                const QByteArray piece = part.mid(at, 1400);
                segment.data.assign(piece.begin(), piece.end());
                frames.push_back(test::frameOf(segment));
                segment.sequence += uint32_t(piece.size());
            }
            guest.sendRaw(RawGuest::onWire(frames));
            guest.discard();
        }
        const auto fitting = TcpForwarder::MaxHelloBytes / size_t(part.size()) + 1;
        QTRY_VERIFY(m_engine->flows().size() <= fitting); // the others are reset
        checkGrowth(before, 64); // what is held, twice, and room to grow
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->flows().size(), 0u, 20'000); // their time is over
        for (const RecordingServer::Connection &connection : server.connections())
            QCOMPARE(connection.received, QByteArray());

        const auto control = guest.connect(AllowedIp, TcpPort, 9999);
        QVERIFY(control);
        Segment hello = *control;
        const QByteArray whole = tlsHello("allowed.test");
        hello.data.assign(whole.begin(), whole.end());
        guest.send(hello);
        const auto received = [&] { return server.connections().back().received; };
        QTRY_COMPARE(received(), whole);
    }
};

BOXGATE_ENGINE_TEST(TestEngineFlood)

#include "tst_engineflood.moc"
