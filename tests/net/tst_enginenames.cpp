#include "tests/net/enginebench.h"

#include "net/services/dnsmessage.h"
#include "net/services/dnsupstream.h"
#include "net/wire/headers.h"

#include <QTest>

#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::net::wire;
using namespace boxgate::test;

namespace {

constexpr quint16 Port = 7001;
const QString Third = QStringLiteral("198.51.100.30");
/// Addresses that are the host's in this test, and that a name must not lead to by itself.
const char *const PrivateAddresses[] = {"10.0.0.1", "172.16.5.5", "192.168.1.1", "100.64.0.1"};
/// Addresses that no box may reach, whatever its rules.
const char *const NeverAddresses[] = {"0.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1",
                                      "255.255.255.255"};

QByteArray same(const QByteArray &datagram) { return datagram; }

} // namespace

/// Names: which of them resolve, what their addresses open and for how long, and what they never open. A
/// server on every address of the host, and a watch on all that leaves it, would see what gets through.
class TestEngineNames : public QObject, EngineBench
{
    Q_OBJECT

private:
    /// Whether the guest's connection to address reaches the server there.
    bool reaches(const QString &address, quint16 port = Port)
    {
        const int before = m_server->accepted();
        const int socket = guestTcp(address, port);
        const bool isAnswered =
            socket >= 0 && sendAll(socket, "ping\n") && receiveExactly(socket, 5) == "ping\n";
        ::close(socket);
        return isAnswered && m_server->accepted() == before + 1;
    }

    /// timeout   in ms; what must not come needs none but what its control takes
    bool reachesByUdp(const QString &address, int timeout = 2000)
    {
        const int socket = guestUdp(address, Port);
        const timeval limit{timeout / 1000, timeout % 1000 * 1000};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        const bool isAnswered = exchange(socket, "ping") == "ping";
        ::close(socket);
        return isAnswered;
    }

    bool wentTo(const QString &address, int protocol, quint16 port = Port)
    {
        return m_watch->seen().contains(QStringLiteral("%1/%2:%3").arg(address).arg(protocol).arg(port));
    }
    /// Nothing has left for address since init(). The control is what the servers see after it.
    bool nothingWentTo(const QString &address)
    {
        return !wentTo(address, ProtocolTcp) && !wentTo(address, ProtocolUdp);
    }

    std::unique_ptr<TcpServer> m_server;
    std::unique_ptr<UdpServer> m_datagrams;
    std::unique_ptr<PacketWatch> m_watch;

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
        TapBench::addHostAddress(Third);
        for (const char *address : PrivateAddresses)
            TapBench::addHostAddress(QString::fromLatin1(address));
        m_server = std::make_unique<TcpServer>(QStringLiteral("0.0.0.0"), echo, Port);
        m_datagrams = std::make_unique<UdpServer>(QStringLiteral("0.0.0.0"), same, Port);
        m_watch = std::make_unique<PacketWatch>();
    }

    void init()
    {
        m_resolver->set(QStringLiteral("other.test"), {Other});
        m_watch->clear();
    }
    void cleanup() { stop(); }

    void aRuleCoversItsNamesOnly_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("isAllowed");
        const auto row = [](const char *what, const char *rule, const char *name, bool isAllowed) {
            QTest::newRow(what) << QByteArray(rule) << QByteArray(name) << isAllowed;
        };
        row("exact host", "wild.test", "wild.test", true);
        row("exact host: not a sub-domain", "wild.test", "sub.wild.test", false);
        row("wildcard: a sub-domain", "*.wild.test", "sub.wild.test", true);
        row("wildcard: a deep sub-domain", "*.wild.test", "a.b.sub.wild.test", true);
        row("wildcard: not the base", "*.wild.test", "wild.test", false);
        row("wildcard: not a look-alike", "*.wild.test", "evilwild.test", false);
        row("wildcard: not a longer look-alike", "*.wild.test", "sub.wild.test.evil.test", false);
        row("mixed case in the rule", "*.WILD.Test", "sub.wild.test", true);
        row("mixed case in the question", "*.wild.test", "SUB.Wild.TEST", true);
        row("a trailing dot in the rule", "wild.test.", "wild.test", true);
        row("a resolvable name that is not listed", "wild.test", "other.test", false);
    }
    void aRuleCoversItsNamesOnly()
    {
        QFETCH(QByteArray, rule);
        QFETCH(QByteArray, name);
        QFETCH(bool, isAllowed);
        m_resolver->set(QString::fromLatin1(name.toLower()), {Third});
        startEngine(allowlist({rule.toStdString()}));
        QCOMPARE(resolve(name).addresses, QStringList{isAllowed ? Third : QStringLiteral("0.0.0.0")});
        QCOMPARE(reaches(Third), isAllowed);
        if (!isAllowed)
            QVERIFY(nothingWentTo(Third));
        QVERIFY(m_engine->apply({})); // the control: it was there all the time
        QCOMPARE(resolve(name).addresses, QStringList{Third});
        QVERIFY(reaches(Third));
    }

    void aWildcardSubdomainOnAnotherAddressThanTheApex()
    {
        m_resolver->set(QStringLiteral("apex.test"), {Allowed});
        m_resolver->set(QStringLiteral("www.apex.test"), {Third});
        startEngine(allowlist({"*.apex.test"}));
        QCOMPARE(resolve("www.apex.test").addresses, QStringList{Third});
        QVERIFY(reaches(Third));
        resolve("apex.test");
        QVERIFY(!reaches(Allowed));
        QVERIFY(nothingWentTo(Allowed));
        QVERIFY(m_engine->apply(allowlist({"*.apex.test", "apex.test"}))); // the control
        QCOMPARE(resolve("apex.test").addresses, QStringList{Allowed});
        QVERIFY(reaches(Allowed));
    }

    void aHostWhoseAddressChangesAfterStart()
    {
        m_resolver->set(QStringLiteral("moving.test"), {Allowed});
        startEngine(allowlist({"moving.test"}));
        QCOMPARE(resolve("moving.test").addresses, QStringList{Allowed});
        QVERIFY(reaches(Allowed));
        QVERIFY(!reaches(Third)); // not yet
        QVERIFY(nothingWentTo(Third));
        m_resolver->set(QStringLiteral("moving.test"), {Third});
        QCOMPARE(resolve("moving.test").addresses, QStringList{Third});
        QVERIFY(reaches(Third));
    }

    void anIpv6OnlyAnswerOpensNothing()
    {
        m_resolver->set(QStringLiteral("six.test"), {});
        startEngine(allowlist({"six.test"}));
        for (const quint16 type : {quint16(dns::A), quint16(dns::Aaaa)}) {
            const Answer answer = resolve("six.test", Gateway, type);
            QCOMPARE(answer.code, 0);
            QCOMPARE(answer.addresses, QStringList());
        }
        QCOMPARE(resolve("six.test", Gateway, dns::Aaaa).records, 0); // AAAA is never given
        QVERIFY(m_engine->rules()[0].lastDnsError.find("no IPv4 address") != std::string::npos);
        m_resolver->set(QStringLiteral("six.test"), {Third}); // the control
        QCOMPARE(resolve("six.test").addresses, QStringList{Third});
        QVERIFY(reaches(Third));
        QVERIFY(m_engine->rules()[0].lastDnsError.empty());
    }

    void aResolverErrorMeansNoDial_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("answered");
        QTest::newRow("SERVFAIL") << 2 << 2;
        QTest::newRow("NXDOMAIN") << 3 << 3;
        QTest::newRow("REFUSED") << 5 << 2;
        QTest::newRow("an answer that cannot be read") << -1 << 2;
    }
    void aResolverErrorMeansNoDial()
    {
        QFETCH(int, code);
        m_resolver->fail(QStringLiteral("broken.test"), code);
        startEngine(allowlist({"broken.test"}));
        const Answer answer = resolve("broken.test");
        QTEST(answer.code, "answered");
        QCOMPARE(answer.records, 0);
        QVERIFY(!m_engine->rules()[0].lastDnsError.empty());
        QVERIFY(!reaches(Third));
        QVERIFY(nothingWentTo(Third));
        m_resolver->set(QStringLiteral("broken.test"), {Third}); // the control
        QCOMPARE(resolve("broken.test").addresses, QStringList{Third});
        QVERIFY(reaches(Third));
    }

    void aStalledResolverIsBounded()
    {
        startEngine(allowlist({"silent.test", "other.test"}));
        const auto before = m_resolver->asked().count(QStringLiteral("silent.test"));
        constexpr int Questions = DnsUpstream::MaxInFlight + 50;
        const int socket = guestUdp(Gateway, 53);
        const timeval patience{20, 0}; // s; what is waited for comes by itself
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        for (int i = 0; i < Questions; ++i) {
            const QByteArray query = dnsQuery("silent.test", dns::A);
            ::send(socket, query.constData(), size_t(query.size()), 0);
        }
        // Those above the bound are refused at once, and the others when the resolver has had its time.
        for (int i = 0; i < Questions; ++i) {
            char reply[512];
            const ssize_t count = ::recv(socket, reply, sizeof reply, 0);
            QCOMPARE(readAnswer(QByteArray(reply, qsizetype(std::max<ssize_t>(count, 0)))).code, 2);
        }
        ::close(socket);
        const auto asked = m_resolver->asked().count(QStringLiteral("silent.test")) - before;
        QVERIFY(asked > 0 && asked <= DnsUpstream::MaxInFlight * DnsUpstream::Tries);
        QVERIFY(!reaches(Third));
        QCOMPARE(resolve("other.test").addresses, QStringList{Other}); // the control
        QVERIFY(reaches(Other));
    }

    void anAnswerNeedsAnAddressRule_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("byRule");
        for (const char *address : NeverAddresses)
            QTest::newRow(address) << QString::fromLatin1(address) << false;
        for (const char *address : PrivateAddresses)
            QTest::newRow(address) << QString::fromLatin1(address) << true;
    }
    void anAnswerNeedsAnAddressRule()
    {
        QFETCH(QString, address);
        QFETCH(bool, byRule);
        m_resolver->set(QStringLiteral("egress.test"), {address, Third});
        startEngine(allowlist({"egress.test", "egress.test/udp"}));
        QCOMPARE(resolve("egress.test").addresses, QStringList{Third}); // what is public stays
        QVERIFY(!reaches(address));
        reachesByUdp(address, 200);
        QVERIFY(reaches(Third)); // the control
        QVERIFY(nothingWentTo(address));
        QCOMPARE(m_engine->dnsLog().back().removedAddresses, 1u);

        QVERIFY(m_engine->apply(allowlist({"egress.test", "0.0.0.0/0"})));
        QCOMPARE(resolve("egress.test").addresses.contains(address), byRule);
        QCOMPARE(reaches(address), byRule);
    }

    void theBoxSubnetIsNeverDialledByName_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("a neighbour") << QStringLiteral("192.168.127.77");
        QTest::newRow("the gateway") << Gateway;
        QTest::newRow("the host alias") << Alias;
        QTest::newRow("the box itself") << QStringLiteral("192.168.127.2");
    }
    void theBoxSubnetIsNeverDialledByName()
    {
        QFETCH(QString, address);
        m_resolver->set(QStringLiteral("inside.test"), {address, Third});
        startEngine();
        QCOMPARE(resolve("inside.test").addresses, QStringList{Third});
        QVERIFY(m_engine->apply(allowlist({"inside.test", "0.0.0.0/0"})));
        QCOMPARE(resolve("inside.test").addresses, QStringList{Third});
        if (address != Alias) // which has a setting of its own
            QVERIFY(!reaches(address));
        QVERIFY(reaches(Third)); // the control
        QVERIFY(nothingWentTo(address));
    }

    void linkLocalIsRefusedOnEveryPath_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("rule");
        QTest::newRow("by a name, open") << QByteArray("cloud.test") << QByteArray();
        QTest::newRow("by a name, allowlist") << QByteArray("cloud.test") << QByteArray("cloud.test");
        QTest::newRow("by a name, everything allowed") << QByteArray("cloud.test") << QByteArray("0.0.0.0/0");
        QTest::newRow("by a zone, open") << QByteArray("metadata.corp.test") << QByteArray();
        QTest::newRow("by a zone, allowlist")
            << QByteArray("metadata.corp.test") << QByteArray("metadata.corp.test");
        QTest::newRow("by its address, open") << QByteArray() << QByteArray();
        QTest::newRow("by its address, everything allowed") << QByteArray() << QByteArray("0.0.0.0/0");
    }
    void linkLocalIsRefusedOnEveryPath()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, rule);
        m_resolver->set(QStringLiteral("cloud.test"), {Metadata});
        startEngine(rule.isEmpty() ? PolicyConfig() : allowlist({rule.toStdString(), "198.51.100.30"}));
        if (!name.isEmpty())
            resolve(name);
        QVERIFY(!reaches(Metadata));
        QVERIFY(!reachesByUdp(Metadata, 200));
        QVERIFY(reaches(Third)); // the control
        QVERIFY(nothingWentTo(Metadata));
    }

    void aPinOfTheOpenModeCarriesNoPrivateAddress()
    {
        startEngine();
        const QString address = QStringLiteral("10.0.0.1");
        QCOMPARE(resolve("rebind.test").addresses, QStringList{address});
        QVERIFY(reaches(address)); // the control
        m_watch->clear();
        QVERIFY(m_engine->apply(allowlist({"rebind.test"})));
        QVERIFY(!reaches(address));
        QVERIFY(nothingWentTo(address));
        QVERIFY(m_engine->apply(allowlist({"rebind.test", "10.0.0.1"})));
        QVERIFY(reaches(address));
    }

    void aStalePinIsNoRule()
    {
        startEngine(allowlist({"allowed.test"}));
        QCOMPARE(resolve("allowed.test").addresses, QStringList{Allowed});
        QVERIFY(reaches(Allowed)); // the control
        m_watch->clear();
        QVERIFY(m_engine->apply(allowlist({"other.test"})));
        QVERIFY(!reaches(Allowed));
        QVERIFY(nothingWentTo(Allowed));
    }

    void hostNameRulesBindUdpToo_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<bool>("tcp");
        QTest::addColumn<bool>("udp");
        QTest::newRow("a name") << QByteArray("allowed.test") << true << false;
        QTest::newRow("a name with /tcp") << QByteArray("allowed.test/tcp") << true << false;
        QTest::newRow("a name with /udp") << QByteArray("allowed.test/udp") << false << true;
        QTest::newRow("a name on another port") << QByteArray("allowed.test:7002/udp") << false << false;
        QTest::newRow("an open box forwards both") << QByteArray() << true << true;
    }
    void hostNameRulesBindUdpToo()
    {
        QFETCH(QByteArray, rule);
        startEngine(rule.isEmpty() ? PolicyConfig() : allowlist({rule.toStdString()}));
        QCOMPARE(resolve("allowed.test").addresses, QStringList{Allowed});
        QTEST(reaches(Allowed), "tcp");
        QTEST(reachesByUdp(Allowed), "udp");
        QTEST(wentTo(Allowed, ProtocolTcp), "tcp");
        QTEST(wentTo(Allowed, ProtocolUdp), "udp");
    }

    void directIpIsNoName()
    {
        startEngine(allowlist({"allowed.test", "allowed.test/udp"}));
        QVERIFY(!reaches(Allowed));
        QVERIFY(!reachesByUdp(Allowed));
        QVERIFY(nothingWentTo(Allowed));
        resolve("allowed.test"); // the control: asked for by its name, it is open
        QVERIFY(reaches(Allowed));
        QVERIFY(reachesByUdp(Allowed));
    }

    void anotherDnsServerIsOurs_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::newRow("open") << QByteArray();
        QTest::newRow("allowlist") << QByteArray("198.51.100.10");
    }
    void anotherDnsServerIsOurs()
    {
        QFETCH(QByteArray, rule);
        const UdpServer udp(Allowed, same, 53);
        const TcpServer tcp(Allowed, echo, 53);
        startEngine(rule.isEmpty() ? PolicyConfig() : allowlist({rule.toStdString()}));
        QCOMPARE(resolve("host.boxlite.internal", Allowed).addresses, QStringList{Alias});
        const int socket = guestTcp(Allowed, 53);
        QVERIFY(socket >= 0); // it is our own server that takes it
        sendAll(socket, "not a question");
        ::close(socket);
        QVERIFY(reaches(Allowed)); // the control, on another port
        QVERIFY(!wentTo(Allowed, ProtocolUdp, 53) && !wentTo(Allowed, ProtocolTcp, 53));
        QCOMPARE(udp.received(), 0);
        QCOMPARE(tcp.accepted(), 0);
    }

    void nameServicesPastOursAreBlocked_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<quint16>("port");
        QTest::addColumn<bool>("udp");
        QTest::newRow("DoT") << Allowed << quint16(853) << false;
        QTest::newRow("DoQ") << Allowed << quint16(853) << true;
        QTest::newRow("mDNS to one host") << Allowed << quint16(5353) << true;
        QTest::newRow("mDNS") << QStringLiteral("224.0.0.251") << quint16(5353) << true;
        QTest::newRow("LLMNR to one host") << Allowed << quint16(5355) << true;
        QTest::newRow("LLMNR over TCP") << Allowed << quint16(5355) << false;
        QTest::newRow("LLMNR") << QStringLiteral("224.0.0.252") << quint16(5355) << true;
    }
    void nameServicesPastOursAreBlocked()
    {
        QFETCH(QString, address);
        QFETCH(quint16, port);
        QFETCH(bool, udp);
        startEngine(allowlist({"0.0.0.0/0"}));
        const auto attempt = [&] {
            const int socket = udp ? guestUdp(address, port) : guestTcp(address, port, 500);
            if (udp && socket >= 0)
                ::send(socket, "?", 1, 0);
            ::close(socket);
        };
        attempt();
        QTRY_VERIFY(m_engine->counters().packetsBlocked >= 1);
        QVERIFY(reaches(Allowed)); // the control: everything else is allowed
        const int protocol = udp ? ProtocolUdp : ProtocolTcp;
        QVERIFY(!wentTo(address, protocol, port));
        if (address != Allowed)
            return; // multicast never leaves a box
        QVERIFY(m_engine->apply({}));
        attempt();
        QTRY_VERIFY(wentTo(address, protocol, port)); // the watch would have seen it
    }
};

BOXGATE_ENGINE_TEST(TestEngineNames)

#include "tst_enginenames.moc"
