#include "tests/net/enginebench.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

QByteArray httpGet(const QByteArray &host) { return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"; }

std::vector<Event> of(const EventBatch &batch, Event::Kind kind)
{
    std::vector<Event> events;
    for (const Event &event : batch.events) {
        if (event.kind == kind)
            events.push_back(event);
    }
    return events;
}

} // namespace

/// What the engine tells about its verdicts, and what can be changed while it runs.
class TestEngineExplain : public QObject, EngineBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void aFlowTellsItsNameItsRuleAndWhatItCarried()
    {
        startEngine(allowlist({"elsewhere.test", "allowed.test:1-65535"}));
        const TcpServer server(Allowed, echo);
        resolve("allowed.test");
        const int socket = guestTcp(Allowed, server.port());
        QVERIFY(socket >= 0);
        const QByteArray request = httpGet("allowed.test");
        sendAll(socket, request);
        QCOMPARE(receiveExactly(socket, request.size()), request);
        const auto flows = m_engine->flows();
        QCOMPARE(flows.size(), 1u);
        const FlowReport &flow = flows.front();
        QCOMPARE(flow.name, std::string("allowed.test"));
        QCOMPARE(int(flow.nameSource), int(NameSource::Host));
        QCOMPARE(int(flow.reason), int(Reason::NameRule));
        QCOMPARE(flow.rule, std::string("allowed.test:1-65535"));
        QVERIFY(flow.isEstablished);
        QVERIFY(flow.traffic.bytesSent > quint64(request.size()));
        QVERIFY(flow.traffic.bytesReceived > quint64(request.size()));
        ::close(socket);
        QTRY_VERIFY(m_engine->flows().empty());
        const auto destinations = m_engine->destinations();
        QCOMPARE(destinations.size(), 1u);
        QCOMPARE(destinations.front().name, std::string("allowed.test"));
        QCOMPARE(destinations.front().flows, 1u);
        QCOMPARE(destinations.front().openFlows, 0u);
        QVERIFY(destinations.front().traffic.bytesSent >= flow.traffic.bytesSent);
        const auto rules = m_engine->rules();
        QCOMPARE(rules[0].hits, 0u);
        QCOMPARE(rules[0].lastUse, 0);
        QCOMPARE(rules[1].hits, 1u);
        QVERIFY(rules[1].lastUse > 0);
        const auto events = m_engine->events(0);
        QCOMPARE(of(events, Event::Kind::FlowBegun).size(), 1u);
        QCOMPARE(of(events, Event::Kind::FlowEnded).size(), 1u);
        const Traffic told = of(events, Event::Kind::FlowEnded).front().traffic;
        QVERIFY(told.bytesSent >= flow.traffic.bytesSent); // but for a last acknowledgment
        QVERIFY(told.bytesSent <= destinations.front().traffic.bytesSent);
    }

    void anOpenBoxIsNamedToo()
    {
        startEngine();
        const TcpServer server(Allowed, echo);
        resolve("allowed.test");
        const int byDns = guestTcp(Allowed, server.port());
        QCOMPARE(m_engine->flows().front().name, std::string("allowed.test"));
        QCOMPARE(int(m_engine->flows().front().nameSource), int(NameSource::Dns));
        sendAll(byDns, httpGet("other.test"));
        receiveExactly(byDns, 20);
        QCOMPARE(m_engine->flows().front().name, std::string("other.test")); // what it says itself is nearer
        ::close(byDns);
        QTRY_COMPARE(m_engine->destinations().size(), 1u);
        QCOMPARE(m_engine->destinations().front().name, std::string("other.test"));
    }

    void blockedAttemptsAreCollapsed()
    {
        startEngine(allowlist({Allowed.toStdString()}));
        for (int i = 0; i < 5; ++i)
            QCOMPARE(guestTcp(Other, 443), -1);
        const int datagrams = guestUdp(Other, 53000);
        exchange(datagrams, "x");
        ::close(datagrams);
        resolve("unlisted.test");
        const auto blocked = m_engine->blocked();
        const auto find = [&](Transport transport, const std::string &name = {}) {
            return std::ranges::find_if(blocked, [&](const BlockedReport &entry) {
                return entry.transport == transport && entry.name == name && entry.reason == Reason::NoRule;
            });
        };
        const auto overTcp = find(Transport::Tcp);
        QVERIFY(overTcp != blocked.end());
        QCOMPARE(overTcp->count, 5u);
        QCOMPARE(overTcp->port, 443);
        QVERIFY(overTcp->lastSeen >= overTcp->firstSeen && overTcp->firstSeen > 0);
        QVERIFY(find(Transport::Udp) != blocked.end());
        QVERIFY(find(Transport::Any, "unlisted.test") != blocked.end());
        // Told of at once, then once per second with what has come since.
        const auto told = [&] {
            uint64_t count = 0;
            for (const Event &event : of(m_engine->events(0), Event::Kind::Blocked)) {
                if (event.port == 443)
                    count += event.count;
            }
            return count;
        };
        QTRY_COMPARE(told(), 5u);
    }

    void questionsAreLogged()
    {
        startEngine(allowlist({"allowed.test", "missing.test", "rebind.test"}));
        resolve("allowed.test");
        resolve("missing.test");
        resolve("rebind.test");
        resolve("unlisted.test");
        resolve("host.boxlite.internal");
        const auto log = m_engine->dnsLog();
        QCOMPARE(log.size(), 5u);
        QCOMPARE(int(log[0].outcome), int(DnsOutcome::Answered));
        QVERIFY(log[0].addresses == std::vector<Ipv4>{Ipv4::of(198, 51, 100, 10)});
        QCOMPARE(int(log[1].outcome), int(DnsOutcome::Failed));
        QCOMPARE(log[1].code, 3);
        QCOMPARE(log[2].removedAddresses, 1u);
        QVERIFY(log[2].addresses.empty());
        QCOMPARE(int(log[3].outcome), int(DnsOutcome::Refused));
        QCOMPARE(int(log[4].outcome), int(DnsOutcome::Zone));
        const auto rules = m_engine->rules();
        QVERIFY(rules[0].lastDnsError.empty());
        QVERIFY2(rules[1].lastDnsError.find("does not exist") != std::string::npos,
                 rules[1].lastDnsError.c_str());
        QVERIFY2(rules[2].lastDnsError.find("by address") != std::string::npos,
                 rules[2].lastDnsError.c_str());
    }

    void aTestSaysWhatThePathWouldDo_data()
    {
        QTest::addColumn<QByteArray>("destination");
        QTest::addColumn<int>("reason");
        QTest::addColumn<QByteArray>("rule");
        QTest::newRow("a name") << QByteArray("allowed.test") << int(Reason::NameRule)
                                << QByteArray("allowed.test:443");
        QTest::newRow("a name, another port")
            << QByteArray("allowed.test:22") << int(Reason::NoRule) << QByteArray();
        QTest::newRow("a name over UDP")
            << QByteArray("allowed.test:443/udp") << int(Reason::NoRule) << QByteArray();
        QTest::newRow("below a name")
            << QByteArray("a.b.example.test:9999") << int(Reason::NameRule) << QByteArray("*.example.test");
        QTest::newRow("a name that is not listed")
            << QByteArray("Evil.test.") << int(Reason::NoRule) << QByteArray();
        QTest::newRow("an address") << QByteArray("198.51.100.20:22") << int(Reason::AddressRule)
                                    << QByteArray("198.51.100.16/28");
        QTest::newRow("another address")
            << QByteArray("198.51.100.40") << int(Reason::NoRule) << QByteArray();
        QTest::newRow("the metadata address")
            << QByteArray("169.254.169.254:80") << int(Reason::AlwaysBlocked) << QByteArray();
        QTest::newRow("the gateway") << QByteArray("192.168.127.1:80") << int(Reason::Gateway)
                                     << QByteArray();
        QTest::newRow("the host alias")
            << QByteArray("host.boxlite.internal:8081") << int(Reason::HostAlias) << QByteArray();
        QTest::newRow("a closed port of it")
            << QByteArray("host.boxlite.internal:8082") << int(Reason::HostAliasClosed) << QByteArray();
        QTest::newRow("a name of a zone")
            << QByteArray("x.corp.test:5432") << int(Reason::NameRule) << QByteArray("x.corp.test:5432");
        QTest::newRow("another resolver")
            << QByteArray("198.51.100.20:53/udp") << int(Reason::NameService) << QByteArray();
    }
    void aTestSaysWhatThePathWouldDo()
    {
        QFETCH(QByteArray, destination);
        QFETCH(int, reason);
        QFETCH(QByteArray, rule);
        PolicyConfig policy =
            allowlist({"allowed.test:443", "*.example.test", "x.corp.test:5432", "198.51.100.16/28"});
        policy.hostAlias = HostAlias::Ports;
        policy.hostAliasPorts = {8081};
        startEngine(policy);
        const auto report = m_engine->test(destination.toStdString());
        QVERIFY(report);
        QCOMPARE(int(report->reason), reason);
        QCOMPARE(QByteArray::fromStdString(report->rule), rule);
        QCOMPARE(report->isAllowed, report->nextStep.empty());
    }

    void anUnreadableDestinationIsRefused()
    {
        startEngine();
        for (const char *text : {"", "a b", "x:0", "x:65536", "[::1]:80", "http://x/", "x:443/icmp"})
            QVERIFY2(!m_engine->test(text), text);
    }

    void rulesThatGoCanTakeTheirFlowsAlong()
    {
        startEngine(allowlist({Allowed.toStdString(), Other.toStdString()}));
        const TcpServer first(Allowed, echo);
        const TcpServer second(Other, echo);
        const int goes = guestTcp(Allowed, first.port());
        const int stays = guestTcp(Other, second.port());
        QVERIFY(goes >= 0 && stays >= 0);
        QVERIFY(m_engine->apply(allowlist({Other.toStdString()}))); // kept: its verdict was given
        sendAll(goes, "still");
        QCOMPARE(receiveExactly(goes, 5), QByteArray("still"));
        QVERIFY(m_engine->apply(allowlist({Other.toStdString()}), Engine::Existing::Close));
        QVERIFY(receiveExactly(goes, 1).isEmpty());
        QCOMPARE(errno, ECONNRESET);
        sendAll(stays, "mine");
        QCOMPARE(receiveExactly(stays, 4), QByteArray("mine"));
        ::close(goes);
        ::close(stays);
    }

    void oneFlowCanBeClosed()
    {
        startEngine();
        const TcpServer server(Allowed, echo);
        const int first = guestTcp(Allowed, server.port());
        const int second = guestTcp(Allowed, server.port());
        const auto flows = m_engine->flows();
        QCOMPARE(flows.size(), 2u);
        QVERIFY(m_engine->closeFlow(flows.back().id)); // the older
        QVERIFY(receiveExactly(first, 1).isEmpty());
        sendAll(second, "mine");
        QCOMPARE(receiveExactly(second, 4), QByteArray("mine"));
        QVERIFY(!m_engine->closeFlow(flows.back().id));
        ::close(first);
        ::close(second);
    }

    void totalsAreTakenOnce()
    {
        startEngine(allowlist({Allowed.toStdString()}));
        const TcpServer server(Allowed, echo);
        const int socket = guestTcp(Allowed, server.port());
        const QByteArray data = pattern(100'000);
        std::thread sender([&] { sendAll(socket, data); });
        receiveExactly(socket, data.size());
        sender.join();
        guestTcp(Other, 443);
        const auto find = [](const std::vector<DestinationTotal> &totals, const QString &peer) {
            DestinationTotal sum;
            for (const DestinationTotal &total : totals) {
                if (total.destination != peer.toStdString())
                    continue;
                sum.flows += total.flows;
                sum.blocked += total.blocked;
                sum.traffic.bytesSent += total.traffic.bytesSent;
            }
            return sum;
        };
        const auto totals = m_engine->takeTotals();
        QCOMPARE(find(totals, Allowed).flows, 1u);
        QVERIFY(find(totals, Allowed).traffic.bytesSent >= 100'000u);
        QVERIFY(find(totals, Other).blocked >= 1u);
        QVERIFY(find(m_engine->takeTotals(), Allowed).traffic.bytesSent < 1000u); // a late acknowledgment
        ::close(socket);
    }

    void eventsTellWhatWasAskedFor()
    {
        startEngine();
        resolve("host.boxlite.internal", Gateway, 1);
        resolve("host.boxlite.internal", Gateway, 28);
        std::vector<int> types;
        for (const Event &event : of(m_engine->events(0), Event::Kind::Dns)) {
            if (event.name == "host.boxlite.internal") // the guest may have said something of its own, too
                types.push_back(event.dnsType);
        }
        QCOMPARE(types, (std::vector<int>{1, 28}));
    }

    void eventsAreNumberedAndLossIsSaid()
    {
        startEngine();
        for (int i = 0; i < 3000; ++i)
            resolve("host.boxlite.internal");
        const auto all = m_engine->events(0);
        QCOMPARE(all.lost, 0u);
        QCOMPARE(of(all, Event::Kind::Dns).size(),
                 3000u); // the guest may have said something of its own, too
        for (size_t i = 0; i < all.events.size(); ++i)
            QCOMPARE(all.events[i].sequence, i + 1);
        QCOMPARE(of(m_engine->events(all.events.back().sequence), Event::Kind::Dns).size(), 0u);
        for (int i = 0; i < 3000; ++i)
            resolve("host.boxlite.internal");
        const auto later = m_engine->events(100);
        QCOMPARE(later.events.size(), 4096u);
        QVERIFY(later.events.back().sequence >= 6000u);
        QCOMPARE(later.lost, later.events.front().sequence - 101);
    }

    void aRateLimitSlowsEachWayAndLosesNothing_data()
    {
        QTest::addColumn<bool>("isSent");
        QTest::newRow("from the box") << true;
        QTest::newRow("to the box") << false;
    }
    void aRateLimitSlowsEachWayAndLosesNothing()
    {
        QFETCH(bool, isSent);
        startEngine();
        constexpr quint64 Rate = 2'000'000;
        m_engine->setLimits(isSent ? RateLimits{Rate, 0} : RateLimits{0, Rate});
        const QByteArray data = pattern(3'000'000);
        const TcpServer source(Allowed, [&](int socket) { sendAll(socket, data); });
        QByteArray arrived;
        std::atomic<bool> isDone{false};
        const TcpServer sink(Allowed, [&](int socket) {
            arrived = receiveExactly(socket, data.size());
            isDone = true;
        });
        QElapsedTimer timer;
        timer.start();
        const int socket = guestTcp(Allowed, isSent ? sink.port() : source.port());
        if (isSent) {
            sendAll(socket, data);
            QTRY_VERIFY_WITH_TIMEOUT(isDone, 30000);
        } else {
            arrived = receiveExactly(socket, data.size());
        }
        // Never faster than the rate and its burst; how much slower is the machine's affair.
        QVERIFY2(timer.elapsed() >= 1000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(arrived == data);
        ::close(socket);
    }

    void aLimitIsLiftedAtOnce()
    {
        startEngine();
        m_engine->setLimits({0, 1024});
        const QByteArray data = pattern(1'000'000);
        const TcpServer server(Allowed, [&](int socket) { sendAll(socket, data); });
        const int socket = guestTcp(Allowed, server.port(), 20000);
        QCOMPARE(receiveExactly(socket, 1000).size(), 1000);
        m_engine->setLimits({});
        QCOMPARE(receiveExactly(socket, data.size() - 1000), data.mid(1000));
        ::close(socket);
    }

    void aCaptureHoldsTheFramesAndTheVerdicts()
    {
        const QTemporaryDir folder;
        const QByteArray path = folder.filePath("capture.pcapng").toLocal8Bit();
        startEngine(allowlist({Allowed.toStdString()}));
        const int file = ::open(path.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        QVERIFY(m_engine->startCapture(file, 1 << 20));
        const TcpServer server(Allowed, echo);
        const int socket = guestTcp(Allowed, server.port());
        sendAll(socket, "needle in the capture");
        QCOMPARE(receiveExactly(socket, 21), QByteArray("needle in the capture"));
        ::close(socket);
        QCOMPARE(guestTcp(Other, 443), -1);
        QVERIFY(m_engine->capture().isOn);
        const CaptureReport report = m_engine->stopCapture();
        QVERIFY(!report.isOn && report.error.empty() && report.dropped == 0);
        QVERIFY(report.packets >= 8);
        QFile written(QString::fromLocal8Bit(path));
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QByteArray content = written.readAll();
        QCOMPARE(quint64(content.size()), report.bytes);
        QCOMPARE(content.count("needle in the capture"), 2); // there and back
        QVERIFY(content.contains("blocked: no rule allows it"));
        const int after = guestTcp(Allowed, server.port());
        ::close(after);
        QCOMPARE(m_engine->capture().packets, report.packets); // off is off
    }
};

BOXGATE_ENGINE_TEST(TestEngineExplain)

#include "tst_engineexplain.moc"
