#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/policy/gate.h"

using namespace boxgate::net;
using namespace std::chrono_literals;

namespace {

using Clock = PinTable::Clock;
const Clock::time_point Now = Clock::now();

Policy compiled(const PolicyConfig &config)
{
    auto policy = Policy::compile(config);
    if (!policy)
        qFatal("%s", policy.error().c_str());
    return std::move(*policy);
}

Policy allowing(std::vector<std::string> rules)
{
    PolicyConfig config;
    config.mode = Mode::Allowlist;
    config.rules = std::move(rules);
    return compiled(config);
}

Endpoint to(const QByteArray &address, int port, Transport transport = Transport::Tcp)
{
    return {transport, *parseIpv4(address.toStdString()), uint16_t(port)};
}

} // namespace

class TestPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void verdicts_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<int>("port");
        QTest::addColumn<int>("transport");
        QTest::addColumn<bool>("allowed");
        const auto row = [](const char *name, const char *rule, const char *address, int port,
                            Transport transport, bool allowed) {
            QTest::newRow(name) << QByteArray(rule) << QByteArray(address) << port << int(transport)
                                << allowed;
        };
        constexpr auto tcp = Transport::Tcp;
        constexpr auto udp = Transport::Udp;
        row("an exact address", "10.1.2.3", "10.1.2.3", 80, tcp, true);
        row("an exact address over UDP", "10.1.2.3", "10.1.2.3", 80, udp, true);
        row("the address beside it", "10.1.2.3", "10.1.2.4", 80, tcp, false);
        row("the first of a CIDR", "10.1.2.0/24", "10.1.2.0", 80, tcp, true);
        row("the last of a CIDR", "10.1.2.0/24", "10.1.2.255", 80, tcp, true);
        row("below a CIDR", "10.1.2.0/24", "10.1.1.255", 80, tcp, false);
        row("above a CIDR", "10.1.2.0/24", "10.1.3.0", 80, tcp, false);
        row("a /31 edge", "10.1.2.2/31", "10.1.2.3", 80, tcp, true);
        row("beyond a /31", "10.1.2.2/31", "10.1.2.4", 80, tcp, false);
        row("everything", "0.0.0.0/0", "8.8.4.4", 80, tcp, true);
        row("everything but link-local", "0.0.0.0/0", "169.254.169.254", 80, tcp, false);
        row("everything but loopback", "0.0.0.0/0", "127.0.0.1", 80, tcp, false);
        row("everything but this network", "0.0.0.0/0", "0.0.0.1", 80, tcp, false);
        row("everything but multicast", "0.0.0.0/0", "239.1.1.1", 80, udp, false);
        row("everything but reserved", "0.0.0.0/0", "240.0.0.1", 80, tcp, false);
        row("everything but broadcast", "0.0.0.0/0", "255.255.255.255", 80, udp, false);
        row("everything but the subnet", "0.0.0.0/0", "192.168.127.3", 80, tcp, false);
        row("everything but the gateway", "0.0.0.0/0", "192.168.127.1", 80, tcp, false);
        row("beside the subnet", "0.0.0.0/0", "192.168.128.1", 80, tcp, true);
        row("the port", "10.1.2.3:443", "10.1.2.3", 443, tcp, true);
        row("another port", "10.1.2.3:443", "10.1.2.3", 444, tcp, false);
        row("the first of a range", "10.1.2.3:10-20", "10.1.2.3", 10, tcp, true);
        row("the last of a range", "10.1.2.3:10-20", "10.1.2.3", 20, tcp, true);
        row("above a range", "10.1.2.3:10-20", "10.1.2.3", 21, tcp, false);
        row("TCP only", "10.1.2.3/tcp", "10.1.2.3", 80, udp, false);
        row("UDP only", "10.1.2.3/udp", "10.1.2.3", 80, tcp, false);
        row("DNS over TLS", "0.0.0.0/0", "1.1.1.1", 853, tcp, false);
        row("mDNS", "0.0.0.0/0", "1.1.1.1", 5353, udp, false);
        row("LLMNR", "0.0.0.0/0", "1.1.1.1", 5355, udp, false);
        row("the host alias has its own setting", "10.1.2.3", "192.168.127.254", 80, tcp, true);
        row("a name grants no address by itself", "example.com", "93.184.216.34", 443, tcp, false);
    }
    void verdicts()
    {
        QFETCH(QByteArray, rule);
        QFETCH(QByteArray, address);
        QFETCH(int, port);
        QFETCH(int, transport);
        PinTable pins;
        const Verdict verdict =
            allowing({rule.toStdString()}).judge(to(address, port, Transport(transport)), pins, Now);
        QTEST(verdict.isAllowed, "allowed");
    }

    void aMixedListGrantsEachOfItsParts()
    {
        const Policy policy =
            allowing({"10.1.2.3", "10.2.0.0/16:22", "example.com", "*.example.org:443", "dns.example/udp"});
        PinTable pins;
        const Ipv4 address = Ipv4::of(93, 184, 216, 34);
        const auto isAllowed = [&](const char *where, int port, Transport transport = Transport::Tcp) {
            return policy.judge(to(where, port, transport), pins, Now).isAllowed;
        };
        QVERIFY(isAllowed("10.1.2.3", 80) && isAllowed("10.2.9.9", 22));
        QVERIFY(!isAllowed("10.2.9.9", 80) && !isAllowed("93.184.216.34", 443));
        pins.pin(address, "www.example.org", 60s, Now);
        QVERIFY(isAllowed("93.184.216.34", 443) && !isAllowed("93.184.216.34", 80));
        pins.pin(address, "example.com", 60s, Now);
        QVERIFY(isAllowed("93.184.216.34", 80) && !isAllowed("93.184.216.34", 80, Transport::Udp));
        pins.pin(address, "dns.example", 60s, Now);
        QVERIFY(isAllowed("93.184.216.34", 80, Transport::Udp));
    }

    void anEmptyAllowlistAllowsNothing()
    {
        PinTable pins;
        QVERIFY(!allowing({}).judge(to("8.8.8.8", 443), pins, Now).isAllowed);
    }

    void openAllowsWhatIsNotAlwaysBlocked()
    {
        PinTable pins;
        const Policy policy = compiled({});
        QVERIFY(policy.judge(to("8.8.8.8", 443), pins, Now).isAllowed);
        QVERIFY(policy.judge(to("10.0.0.1", 853), pins, Now).isAllowed);
        QVERIFY(!policy.judge(to("169.254.169.254", 80), pins, Now).isAllowed);
        QVERIFY(!policy.judge(to("127.0.0.1", 80), pins, Now).isAllowed);
    }

    void offAllowsNothing()
    {
        PolicyConfig config;
        config.mode = Mode::Off;
        PinTable pins;
        QVERIFY(!compiled(config).judge(to("192.168.127.254", 80), pins, Now).isAllowed);
        QVERIFY(!compiled(config).judge(to("8.8.8.8", 80), pins, Now).isAllowed);
    }

    void theLongestPrefixNamesTheRule()
    {
        PinTable pins;
        const Policy policy = allowing({"0.0.0.0/0", "10.0.0.0/8:22", "10.1.0.0/16"});
        QCOMPARE(policy.judge(to("10.1.2.3", 80), pins, Now).rule, 2);
        QCOMPARE(policy.judge(to("10.2.0.1", 22), pins, Now).rule, 1);
        QCOMPARE(policy.judge(to("10.2.0.1", 80), pins, Now).rule, 0);
    }

    void names_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char *what, const char *rule, const char *name, bool matches) {
            QTest::newRow(what) << QByteArray(rule) << QByteArray(name) << matches;
        };
        row("an exact name", "example.com", "example.com", true);
        row("an exact name covers no sub-domain", "example.com", "www.example.com", false);
        row("a wildcard covers a sub-domain", "*.example.com", "www.example.com", true);
        row("a wildcard covers a deep sub-domain", "*.example.com", "a.b.c.example.com", true);
        row("a wildcard does not match the apex", "*.example.com", "example.com", false);
        row("a wildcard does not match a look-alike", "*.example.com", "badexample.com", false);
        row("a wildcard does not match a longer look-alike", "*.example.com", "example.com.evil.test", false);
        row("a rule's case does not matter", "*.EXAMPLE.com", "www.example.com", true);
        row("a rule's trailing dot does not matter", "example.com.", "example.com", true);
        row("a wildcard over a top-level domain", "*.com", "example.com", true);
    }
    void names()
    {
        QFETCH(QByteArray, rule);
        QFETCH(QByteArray, name);
        const Policy policy = allowing({rule.toStdString()});
        QTEST(policy.mayResolve(name.toStdString()), "matches");
    }

    void aPinCarriesARuleAsLongAsItLives()
    {
        const Policy policy = allowing({"db.example.com:5432"});
        PinTable pins;
        const Endpoint database = to("93.184.216.34", 5432);
        pins.pin(database.address, "db.example.com", 300s, Now);
        const Verdict verdict = policy.judge(database, pins, Now);
        QVERIFY(verdict.isAllowed && verdict.reason == Reason::NameRule);
        QVERIFY(!policy.judge(to("93.184.216.34", 22), pins, Now).isAllowed);
        QVERIFY(!policy.judge(to("93.184.216.34", 5432, Transport::Udp), pins, Now).isAllowed);
        QVERIFY(
            policy.judge(database, pins, Now + 899s).isAllowed); // TTL and grace; this use renews the grace
        QVERIFY(policy.judge(database, pins, Now + 899s + 599s).isAllowed);
        QVERIFY(!policy.judge(database, pins, Now + 899s + 599s + 601s).isAllowed);
    }

    void aPinLivesItsShortestLife()
    {
        PinTable pins;
        pins.pin(Ipv4::of(1, 2, 3, 4), "a.test", 0s, Now);
        const auto isAlive = [&](Clock::time_point at) {
            return pins.use(Ipv4::of(1, 2, 3, 4), at, [](const PinTable::Pin &) { return true; });
        };
        QVERIFY(!isAlive(Now + 661s));
        QVERIFY(isAlive(Now + 659s));
    }

    void pinsAreBounded()
    {
        PinTable pins;
        for (uint32_t i = 0; i < 1000; ++i)
            pins.pin(Ipv4{0x5d000000 + i}, "one.test", std::chrono::seconds(i), Now);
        QCOMPARE(pins.size(), PinTable::MaxPerName);
        for (uint32_t i = 0; i < 6000; ++i)
            pins.pin(Ipv4{0x5e000000 + i}, "n" + std::to_string(i), 60s, Now);
        QCOMPARE(pins.size(), PinTable::MaxPins);
    }

    void aFlowOutlivesItsPinWhileItsRuleIsThere_data()
    {
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<bool>("byZone");
        QTest::addColumn<QByteArray>("rules"); // later
        QTest::addColumn<bool>("kept");
        QTest::newRow("a public address")
            << QByteArray("93.184.216.34") << false << QByteArray("db.test") << true;
        QTest::newRow("a private one of a zone")
            << QByteArray("10.0.0.1") << true << QByteArray("db.test") << true;
        QTest::newRow("a private one of a resolver")
            << QByteArray("10.0.0.1") << false << QByteArray("db.test") << false;
        QTest::newRow("of a zone, without its rule")
            << QByteArray("10.0.0.1") << true << QByteArray("other.test") << false;
        QTest::newRow("public, without its rule")
            << QByteArray("93.184.216.34") << false << QByteArray("other.test") << false;
    }
    void aFlowOutlivesItsPinWhileItsRuleIsThere()
    {
        QFETCH(QByteArray, address);
        QFETCH(bool, byZone);
        QFETCH(QByteArray, rules);
        const auto source = byZone ? PinTable::Source::Zone : PinTable::Source::Resolver;
        const Endpoint destination = to(address, 5432);
        const Clock::time_point then = Clock::now() - 1h;
        // Once, a rule for the private address let a resolver name it.
        Gate gate(allowing({"db.test", "10.0.0.0/8:1"}));
        gate.pins().pin(destination.address, "db.test", 60s, then, source);
        const Verdict begun = gate.policy().judge(destination, gate.pins(), then);
        QVERIFY(begun.isAllowed && begun.reason == Reason::NameRule);
        gate.replacePolicy(allowing({rules.toStdString()}));
        QVERIFY(!gate.judge(destination).isAllowed); // the pin has ended
        QTEST(gate.keeps(destination, begun, "db.test"), "kept");
        // The same for a flow whose hello has told its name.
        const Verdict named = allowing({"db.test"}).judgeHello(destination, "db.test", gate.pins(), then);
        QVERIFY(named.isAllowed);
        QTEST(gate.keeps(destination, named, "db.test"), "kept");
    }

    void privateAnswersNeedAnAddressRule_data()
    {
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<bool>("byName");
        QTest::addColumn<bool>("byRule");
        for (const char *text :
             {"0.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "192.168.127.254"})
            QTest::newRow(text) << QByteArray(text) << false << false;
        for (const char *text : {"10.0.0.1", "172.16.5.5", "172.31.255.255", "192.168.1.1", "100.64.0.1"})
            QTest::newRow(text) << QByteArray(text) << false << true;
        for (const char *text : {"93.184.216.34", "172.32.0.1", "100.128.0.1"})
            QTest::newRow(text) << QByteArray(text) << true << true;
    }
    void privateAnswersNeedAnAddressRule()
    {
        QFETCH(QByteArray, address);
        const Ipv4 ip = *parseIpv4(address.toStdString());
        QTEST(allowing({"example.com"}).mayAnswer(ip), "byName");
        QTEST(allowing({"example.com", "0.0.0.0/0"}).mayAnswer(ip), "byRule");
    }
};

QTEST_APPLESS_MAIN(TestPolicy)
#include "tst_policy.moc"
