#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/policy/allowrule.h"

#include "net/engine.h"

using namespace boxgate::net;

class TestAllowRule : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsNames_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("wildcard");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("last");
        QTest::addColumn<int>("transport");
        const auto row = [](const char *text, const char *name, bool wildcard, int first, int last,
                            Transport transport) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(name) << wildcard << first << last
                                << int(transport);
        };
        row("example.com", "example.com", false, 0, 65535, Transport::Tcp);
        row("EXAMPLE.Com.", "example.com", false, 0, 65535, Transport::Tcp);
        row("*.example.com", "example.com", true, 0, 65535, Transport::Tcp);
        row("example.com:443", "example.com", false, 443, 443, Transport::Tcp);
        row("example.com:8000-8100", "example.com", false, 8000, 8100, Transport::Tcp);
        row("example.com/udp", "example.com", false, 0, 65535, Transport::Udp);
        row("example.com:443/UDP", "example.com", false, 443, 443, Transport::Udp);
        row("*.example.com:1-65535/tcp", "example.com", true, 1, 65535, Transport::Tcp);
        row("_dmarc.a-b.example", "_dmarc.a-b.example", false, 0, 65535, Transport::Tcp);
        row("localhost", "localhost", false, 0, 65535, Transport::Tcp);
        row("4chan.org", "4chan.org", false, 0, 65535, Transport::Tcp);
    }
    void readsNames()
    {
        QFETCH(QByteArray, text);
        const auto rule = AllowRule::parse(text.toStdString());
        QVERIFY2(rule, rule ? "" : rule.error().c_str());
        const auto *pattern = std::get_if<NamePattern>(&rule->pattern);
        QVERIFY(pattern);
        QTEST(QByteArray::fromStdString(pattern->name), "name");
        QTEST(pattern->wildcard, "wildcard");
        QTEST(int(rule->firstPort), "first");
        QTEST(int(rule->lastPort), "last");
        QTEST(int(rule->transport), "transport");
    }

    void readsAddresses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("network");
        QTest::addColumn<int>("prefix");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("transport");
        const auto row = [](const char *text, const char *network, int prefix, int first,
                            Transport transport) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(network) << prefix << first
                                << int(transport);
        };
        row("10.0.0.1", "10.0.0.1", 32, 0, Transport::Any);
        row("10.0.0.0/8", "10.0.0.0", 8, 0, Transport::Any);
        row("0.0.0.0/0", "0.0.0.0", 0, 0, Transport::Any);
        row("10.0.0.0/8:443", "10.0.0.0", 8, 443, Transport::Any);
        row("10.0.0.0/8:443-444/udp", "10.0.0.0", 8, 443, Transport::Udp);
        row("10.0.0.1:22/tcp", "10.0.0.1", 32, 22, Transport::Tcp);
    }
    void readsAddresses()
    {
        QFETCH(QByteArray, text);
        const auto rule = AllowRule::parse(text.toStdString());
        QVERIFY2(rule, rule ? "" : rule.error().c_str());
        const auto *range = std::get_if<Cidr>(&rule->pattern);
        QVERIFY(range);
        QTEST(QByteArray::fromStdString(toString(range->network)), "network");
        QTEST(int(range->prefix), "prefix");
        QTEST(int(rule->firstPort), "first");
        QTEST(int(rule->transport), "transport");
    }

    void refusesWhatCannotBeEnforced_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("hint");
        const auto row = [](const char *text, const char *hint) {
            QTest::newRow(*text ? text : "empty") << QByteArray(text) << QByteArray(hint);
        };
        row("", "empty");
        row(" example.com", "spaces");
        row("exam ple.com", "spaces");
        row("b\xc3\xbc"
            "cher.example",
            "xn--");
        row("https://example.com", "URL");
        row("example.com/path", "only /tcp and /udp");
        row("example.com/sctp", "only /tcp and /udp");
        row("example.com:", "port");
        row("example.com:0", "port");
        row("example.com:65536", "port");
        row("example.com:90-80", "port");
        row("example.com:80-", "port");
        row("example.com:http", "port");
        row("example.com:80:90", "IPv6");
        row("2001:db8::1", "IPv6");
        row("*", "open");
        row("*example.com", "wildcard");
        row("a.*.com", "wildcard");
        row("*.*.com", "wildcard");
        row("*.", "open");
        row("a..b", "empty label");
        row(".example.com", "empty label");
        row("-a.example", "'-'");
        row("a_b!.example", "letters");
        row("10.0.0", "not an IPv4 address");
        row("10.0.0.256", "not an IPv4 address");
        row("10.0.0.1/33", "prefix");
        row("10.0.0.1/", "prefix");
        row("10.0.0.5/8", "write 10.0.0.0/8");
        row("host.1", "looks like an address");
        row("127.0.0.1", "never");
        row("169.254.169.254", "never");
        row("127.0.0.0/8", "never");
        row("224.0.0.1", "never");
        row("192.168.127.3", "never");
        row("192.168.127.254", "host alias");
        row("host.boxlite.internal", "host alias");
        row("8.8.8.8:53", "resolver");
        row("1.1.1.1:853", "names past the gate");
        row("224.0.0.251:5353", "names past the gate");
    }
    void refusesWhatCannotBeEnforced()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, hint);
        const auto rule = AllowRule::parse(text.toStdString());
        QVERIFY(!rule);
        QVERIFY2(rule.error().find(hint.toStdString()) != std::string::npos, rule.error().c_str());
        const auto checked = checkRule(text.toStdString());
        QVERIFY(!checked && checked.error().code == boxgate::ErrorCode::InvalidArgument);
    }

    void refusesWhatIsTooLong()
    {
        QVERIFY(!AllowRule::parse(std::string(64, 'a') + ".example"));
        QVERIFY(AllowRule::parse(std::string(63, 'a') + ".example"));
        QVERIFY(!AllowRule::parse(std::string(100'000, 'a')));
    }
};

QTEST_APPLESS_MAIN(TestAllowRule)
#include "tst_allowrule.moc"
