#include "tests/net/bytestream.h"
#include "tests/net/enginebench.h"
#include "tests/net/processstate.h"
#include "tests/support/farmachine.h"

#include <QElapsedTimer>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

constexpr uint64_t Mebibyte = 1024 * 1024;
constexpr uint64_t Gigabyte = 1024 * Mebibyte;
constexpr uint64_t FromBox = 1; ///< seeds of the streams
constexpr uint64_t ToBox = 2;
/// Ends a test that hangs; proves nothing about speed.
constexpr int LimitMilliseconds = 120'000;

/// What new sockets of the calling thread's namespace hold: to read, to write; least, first and most bytes.
const QString SetBuffers = QStringLiteral("echo %1 > /proc/sys/net/ipv4/tcp_rmem && "
                                          "echo %2 > /proc/sys/net/ipv4/tcp_wmem");

/// Both ends of one connection through the engine.
struct Connection
{
    Connection(int boxEnd, int hostEnd)
        : box(boxEnd)
        , host(hostEnd)
    { }
    ~Connection()
    {
        closeEnd(box);
        closeEnd(host);
    }
    Q_DISABLE_COPY_MOVE(Connection)

    static void closeEnd(int &end)
    {
        if (end >= 0)
            ::close(std::exchange(end, -1));
    }
    /// Closes with RST instead of FIN.
    static void resetEnd(int &end)
    {
        const linger reset{1, 0};
        ::setsockopt(end, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        closeEnd(end);
    }

    int box;
    int host;
};

std::vector<uint8_t> receiveBytes(int socket, size_t size)
{
    std::vector<uint8_t> bytes(size);
    const ssize_t count = ::recv(socket, bytes.data(), size, MSG_WAITALL);
    bytes.resize(count > 0 ? size_t(count) : 0);
    return bytes;
}

/// Whether the other side has acknowledged all that was sent, the end included.
bool isAcknowledged(int socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_state == TCP_FIN_WAIT2 || info.tcpi_state == TCP_TIME_WAIT
        || info.tcpi_state == TCP_CLOSE;
}

enum class End
{
    Box,
    Host
};

/// What a read finds: an orderly end is 0, a reset ECONNRESET.
int endingOf(int socket)
{
    char byte;
    return ::recv(socket, &byte, 1, 0) < 0 ? errno : 0;
}

} // namespace

Q_DECLARE_METATYPE(End)

/// Whole gigabytes, ends of every kind, slow readers and long lines: TCP of a real guest through the engine.
class TestEngineBulk : public QObject, EngineBench
{
    Q_OBJECT

private:
    /// A connection of the box to a listener at address.
    std::unique_ptr<Connection> connect(int listener, const QString &address, quint16 port)
    {
        const int box = guestTcp(address, port, LimitMilliseconds);
        const int host = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const timeval limit{LimitMilliseconds / 1000, 0};
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
            ::setsockopt(host, SOL_SOCKET, option, &limit, sizeof limit);
        return std::make_unique<Connection>(box, host);
    }

    std::unique_ptr<Connection> connect()
    {
        quint16 port = 0;
        const int listener = listenTcp(Allowed, &port);
        auto connection = connect(listener, Allowed, port);
        ::close(listener);
        return connection;
    }

    void addEnds(const char *box, const char *host)
    {
        QTest::addColumn<End>("end");
        QTest::newRow(box) << End::Box;
        QTest::newRow(host) << End::Host;
    }

    /// Sends a stream over a connection. Returns  whether the same came out at the other end
    static bool carry(int from, int to, uint64_t bytes, uint64_t seed)
    {
        StreamDigest sent;
        std::thread sender([&] { sent = sendStream(from, bytes, seed); });
        const StreamDigest received = receiveStream(to);
        sender.join();
        return received.bytes() == bytes && received == sent;
    }

    /// The same in both directions at once.
    static bool carryBothWays(const Connection &connection, uint64_t bytes)
    {
        bool isOutGood = false;
        std::thread out([&] { isOutGood = carry(connection.box, connection.host, bytes, FromBox); });
        const bool isBackGood = carry(connection.host, connection.box, bytes, ToBox);
        out.join();
        return isOutGood && isBackGood;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void theDigestSeesEveryFault()
    {
        StreamSource source(FromBox);
        const auto span = source.front();
        const std::vector<uint8_t> right(span.begin(), span.end());
        const auto digestOf = [](const std::vector<uint8_t> &bytes) {
            StreamDigest digest;
            digest.add(bytes);
            return digest;
        };
        QVERIFY(digestOf(right) == source.digest());
        std::vector<uint8_t> swapped = right;
        std::swap_ranges(swapped.begin(), swapped.begin() + 8, swapped.begin() + 1024);
        QVERIFY(!(digestOf(swapped) == source.digest()));
        std::vector<uint8_t> flipped = right;
        flipped[1000] ^= 1;
        QVERIFY(!(digestOf(flipped) == source.digest()));
        QVERIFY(!(digestOf({right.begin(), right.end() - 1}) == source.digest()));
    }

    void aGigabyteArrivesWhole_data()
    {
        QTest::addColumn<int>("mtu");
        QTest::addColumn<End>("sender");
        QTest::newRow("from the box, MTU 1500") << 1500 << End::Box;
        QTest::newRow("to the box, MTU 1500") << 1500 << End::Host;
        QTest::newRow("from the box, MTU 65520") << 65520 << End::Box;
        QTest::newRow("to the box, MTU 65520") << 65520 << End::Host;
    }

    void aGigabyteArrivesWhole()
    {
        QFETCH(int, mtu);
        QFETCH(End, sender);
        startEngine(allowlist({Allowed.toStdString()}), mtu);
        const auto connection = connect();
        const bool isFromBox = sender == End::Box;
        const int from = isFromBox ? connection->box : connection->host;
        const int to = isFromBox ? connection->host : connection->box;
        QVERIFY(carry(from, to, Gigabyte, isFromBox ? FromBox : ToBox));
        const Counters counters = m_engine->counters();
        QVERIFY((isFromBox ? counters.bytesSent : counters.bytesReceived) > Gigabyte);
    }

    void bothDirectionsAtOnce_data()
    {
        QTest::addColumn<int>("mtu");
        QTest::newRow("MTU 1500") << 1500;
        QTest::newRow("MTU 65520") << 65520;
    }

    void bothDirectionsAtOnce()
    {
        QFETCH(int, mtu);
        startEngine({}, mtu);
        const auto connection = connect();
        QVERIFY(carryBothWays(*connection, Gigabyte / 4));
    }

    void afterAHalfCloseTheOtherHalfGoesOn_data()
    {
        addEnds("the box closes first", "the host closes first");
    }

    void afterAHalfCloseTheOtherHalfGoesOn()
    {
        QFETCH(End, end);
        startEngine();
        const auto connection = connect();
        const int first = end == End::Box ? connection->box : connection->host;
        const int second = end == End::Box ? connection->host : connection->box;
        QVERIFY(carry(first, second, Mebibyte, FromBox)); // to its end, so this half is closed
        QCOMPARE(m_engine->counters().tcpOpen, 1u);
        QVERIFY(carry(second, first, Mebibyte, ToBox));
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
    }

    void theLastBytesArriveAlthoughBothEndsHaveClosed_data()
    {
        addEnds("the box closes first", "the host closes first");
    }

    /// The host says that it will send nothing, and reads the end of what the box has sent only when the box
    /// is done with the connection.
    void theLastBytesArriveAlthoughBothEndsHaveClosed()
    {
        QFETCH(End, end);
        startEngine();
        // small buffers in the host's kernel, so that the last bytes wait in the engine
        QVERIFY(runCommand(SetBuffers.arg("4096 16384 16384", "4096 16384 16384")));
        const auto usual =
            qScopeGuard([] { runCommand(SetBuffers.arg("4096 131072 6291456", "4096 16384 4194304")); });
        const auto connection = connect();
        if (end == End::Host)
            ::shutdown(connection->host, SHUT_WR);
        std::vector<StreamSource> source;
        source.emplace_back(FromBox);
        fillUp(source, [&](size_t) { return connection->box; });
        std::thread rest([&] { finish(connection->box, source.front()); });
        StreamDigest received;
        // the box has nothing left to send, but the way to the host is full
        while (!isAcknowledged(connection->box))
            received.add(receiveBytes(connection->host, 4096));
        rest.join();
        ::shutdown(connection->host, SHUT_WR);
        QCOMPARE(endingOf(connection->box), 0);
        Connection::closeEnd(connection->box);
        for (auto bytes = receiveBytes(connection->host, 4096); !bytes.empty();
             bytes = receiveBytes(connection->host, 4096))
            received.add(bytes);
        QCOMPARE(received.bytes(), source.front().digest().bytes());
        QVERIFY(received == source.front().digest());
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
    }

    void aResetArrivesAsAReset_data() { addEnds("the box resets", "the host resets"); }

    void aResetArrivesAsAReset()
    {
        QFETCH(End, end);
        startEngine();
        const auto connection = connect();
        int &resetting = end == End::Box ? connection->box : connection->host;
        const int other = end == End::Box ? connection->host : connection->box;
        QVERIFY(sendAll(resetting, "hello"));
        QCOMPARE(receiveExactly(other, 5), QByteArray("hello"));
        Connection::resetEnd(resetting);
        QCOMPARE(endingOf(other), ECONNRESET);
        QTRY_COMPARE(m_engine->counters().tcpOpen, 0u);
    }

    void anOrderlyEndIsNoReset_data() { addEnds("the box closes", "the host closes"); }

    void anOrderlyEndIsNoReset()
    {
        QFETCH(End, end);
        startEngine();
        const auto connection = connect();
        Connection::closeEnd(end == End::Box ? connection->box : connection->host);
        QCOMPARE(endingOf(end == End::Box ? connection->host : connection->box), 0);
    }

    void aClosedPortIsRefusedWithAReset()
    {
        constexpr int attempts = 25;
        startEngine();
        QList<double> milliseconds;
        for (int i = 0; i < attempts; ++i) {
            m_bench->inGuest([&] {
                const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                const int on = 1; // an ICMP error would be found in the socket's queue of errors
                ::setsockopt(socket, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
                sockaddr_in name{};
                name.sin_family = AF_INET;
                name.sin_port = htons(9);
                ::inet_pton(AF_INET, qPrintable(Allowed), &name.sin_addr);
                QElapsedTimer timer;
                timer.start();
                QCOMPARE(::connect(socket, reinterpret_cast<sockaddr *>(&name), sizeof name), -1);
                QCOMPARE(errno, ECONNREFUSED);
                milliseconds.append(double(timer.nsecsElapsed()) / 1e6);
                msghdr message{};
                QCOMPARE(::recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT), -1);
                ::close(socket);
            });
        }
        std::ranges::sort(milliseconds);
        qInfo("refused after %.2f ms (median), %.2f ms (longest); the aim is 50 ms",
              milliseconds[attempts / 2], milliseconds.last());
        QTRY_COMPARE(m_engine->counters().tcpFailed, quint64(attempts));
    }

    void aReaderThatRestsCostsBoundedMemory_data() { addEnds("the box rests", "the host rests"); }

    void aReaderThatRestsCostsBoundedMemory()
    {
        QFETCH(End, end);
        constexpr size_t connections = 16;
        // libslirp keeps at most 128 KiB each way of a connection; the rest is the queue to the guest and
        // slack
        constexpr qint64 bound = qint64(connections * Mebibyte / 4 + 8 * Mebibyte);
        startEngine();
        std::vector<std::unique_ptr<Connection>> open;
        std::vector<StreamSource> sources;
        for (size_t i = 0; i < connections; ++i) {
            open.push_back(connect());
            sources.emplace_back(i);
        }
        forgetPeak();
        const qint64 before = residentBytes();
        const auto senderOf = [&](size_t i) { return end == End::Box ? open[i]->host : open[i]->box; };
        const auto readerOf = [&](size_t i) { return end == End::Box ? open[i]->box : open[i]->host; };
        QVERIFY(fillUp(sources, senderOf) > connections * Mebibyte / 4);
        for (size_t i = 0; i < connections; ++i) {
            std::thread rest([&] { finish(senderOf(i), sources[i]); });
            const StreamDigest received = receiveStream(readerOf(i));
            rest.join();
            QVERIFY(received == sources[i].digest());
        }
        const qint64 growth = peakResidentBytes() - before;
        qInfo("peak of %lld KiB more than before, %zu connections", growth / 1024, connections);
        QVERIFY(growth < bound || !IsMemoryTelling);
    }

    void aLongLineLosesNothing_data()
    {
        QTest::addColumn<int>("delay");
        QTest::newRow("10 ms each way") << 10;
        QTest::newRow("100 ms each way") << 100;
    }

    void aLongLineLosesNothing()
    {
        QFETCH(int, delay);
        startEngine();
        FarMachine far{std::chrono::milliseconds(delay)};
        QVERIFY2(far.error().isEmpty(), qPrintable(far.error()));
        quint16 port = 0;
        int listener = -1;
        far.run([&] { listener = listenTcp(FarMachine::Address, &port); });
        QElapsedTimer timer;
        timer.start();
        const auto connection = connect(listener, FarMachine::Address, port);
        QVERIFY(timer.elapsed() >= 2 * delay); // the line is as long as it should be
        ::close(listener);
        QVERIFY(carryBothWays(*connection, 16 * Mebibyte));
    }

private:
    /// Sends on every connection until none takes more. Returns  how much they took
    template <typename SenderOf> uint64_t fillUp(std::vector<StreamSource> &sources, SenderOf senderOf)
    {
        std::vector<pollfd> waits(sources.size());
        for (size_t i = 0; i < sources.size(); ++i)
            waits[i] = {senderOf(i), POLLOUT, 0};
        uint64_t taken = 0;
        // On a busy machine this may end early, and the test is then the weaker.
        while (::poll(waits.data(), waits.size(), 500) > 0) {
            for (size_t i = 0; i < sources.size(); ++i) {
                const auto data = sources[i].front();
                const ssize_t count =
                    ::send(waits[i].fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                if (count > 0) {
                    sources[i].take(size_t(count));
                    taken += uint64_t(count);
                }
            }
        }
        return taken;
    }

    static void finish(int socket, StreamSource &source)
    {
        while (source.isWithinChunk()) {
            const auto data = source.front();
            const ssize_t count = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return;
            source.take(size_t(count));
        }
        ::shutdown(socket, SHUT_WR);
    }
};

BOXGATE_ENGINE_TEST(TestEngineBulk)

#include "tst_enginebulk.moc"
