#include "core/runner/gatetranslation.h"

#include <QTest>

using namespace boxgate;

class TestGateTranslation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theEngineGetsTheWholeSpecification()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        spec.allowNet = QStringList{"a.test:443"};
        spec.hostLoopback = HostLoopback::Ports;
        spec.hostLoopbackPorts = {5432};
        spec.ports = {PortMapping{.hostPort = 8080, .guestPort = 80}};
        spec.zones = {DnsZone{"lab.test", {DnsRecord{"db", "10.0.0.5"}}, "10.0.0.9"}};
        spec.searchDomains = QStringList{"lab.test"};
        spec.mtu = 9000;
        spec.limits = RateLimits{2048, 4096};
        const net::EngineConfig config = engineConfigOf(spec);
        QCOMPARE(config.mtu, 9000);
        QVERIFY((config.policy
                 == net::PolicyConfig{net::Mode::Allowlist, {"a.test:443"}, net::HostAlias::Ports, {5432}}));
        QVERIFY((config.zones == std::vector<net::Zone>{{"lab.test", {{"db", "10.0.0.5"}}, "10.0.0.9"}}));
        QVERIFY((config.searchDomains == std::vector<std::string>{"lab.test"}));
        QVERIFY((config.limits == net::RateLimits{2048, 4096}));
        QVERIFY(config.ports.empty()); // opened one by one
    }

    void portMapsComeBack_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("tcp") << "127.0.0.1:8080:80/tcp";
        QTest::newRow("udp, automatic, everywhere") << "0.0.0.0:0:53/udp";
    }

    void portMapsComeBack()
    {
        QFETCH(QString, text);
        const PortMapping mapping = *PortMapping::parse(text);
        QVERIFY(toModel(portMapOf(mapping)) == mapping);
        QCOMPARE(mapping.toString(), text);
    }

    void everyReasonIsTheSame_data()
    {
        QTest::addColumn<int>("reason");
        QTest::addColumn<QString>("word");
        using enum net::Reason;
        QTest::newRow("1") << int(OpenMode) << "open-mode";
        QTest::newRow("2") << int(HostAlias) << "host-alias";
        QTest::newRow("3") << int(AddressRule) << "address-rule";
        QTest::newRow("4") << int(NameRule) << "name-rule";
        QTest::newRow("5") << int(OffMode) << "off-mode";
        QTest::newRow("6") << int(AlwaysBlocked) << "always-blocked";
        QTest::newRow("7") << int(HostAliasClosed) << "host-alias-closed";
        QTest::newRow("8") << int(NameService) << "name-service";
        QTest::newRow("9") << int(NoRule) << "no-rule";
        QTest::newRow("10") << int(PortMap) << "port-map";
        QTest::newRow("11") << int(Gateway) << "gateway";
        QTest::newRow("12") << int(ForeignName) << "foreign-name";
        QTest::newRow("13") << int(NoName) << "no-name";
        QTest::newRow("14") << int(TooMany) << "too-many";
        QTest::newRow("15") << int(BadFrame) << "bad-frame";
    }

    void everyReasonIsTheSame()
    {
        QFETCH(int, reason);
        net::BlockedReport report;
        report.reason = net::Reason(reason);
        QTEST(toString(toModel(report).reason), "word");
    }

    void hostileNamesAreMadePrintable_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("shown");
        QTest::newRow("an honest one") << QByteArray("a-b_c.test") << "a-b_c.test";
        QTest::newRow("an escape sequence") << QByteArray("\x1b[2Jx") << "\\027[2Jx";
        QTest::newRow("line end and space") << QByteArray("a\nb c") << "a\\010b\\032c";
        QTest::newRow("what would look escaped") << QByteArray("a\\010") << "a\\092010";
        QTest::newRow("no ASCII") << QByteArray("\xff\xc3\xa9") << "\\255\\195\\169";
        QTest::newRow("a zero byte") << QByteArray("a\0b", 3) << "a\\000b";
        QTest::newRow("without end") << QByteArray(5000, 'x') << QString(255, u'x');
    }

    void hostileNamesAreMadePrintable()
    {
        QFETCH(QByteArray, name);
        net::DnsReport question;
        question.name = name.toStdString();
        QTEST(toModel(question).name, "shown");
        net::FlowReport flow;
        flow.name = name.toStdString();
        QTEST(toModel(flow).peer.name, "shown");
        // Whatever it is, a client reads it.
        QVERIFY(NetFlow::fromJson(toModel(flow).toJson()));
    }

    void aFrameWithoutProtocolHasNoAddress()
    {
        net::BlockedReport report;
        report.detail = "too short";
        const NetBlocked frame = toModel(report);
        QVERIFY(frame.peer == NetPeer());
        QCOMPARE(frame.detail, "too short");
        report.transport = net::Transport::Udp;
        QCOMPARE(toModel(report).peer.address, "0.0.0.0");
    }

    void totalsAreOfNamesOrAddresses()
    {
        net::DestinationTotal total;
        total.destination = "192.0.2.7";
        total.port = 443;
        QCOMPARE(toModel(total).peer.address, "192.0.2.7");
        QVERIFY(toModel(total).peer.name.isEmpty());
        total.destination = "a.test";
        QCOMPARE(toModel(total).peer.name, "a.test");
        QVERIFY(toModel(total).peer.address.isEmpty());
        QCOMPARE(toModel(total).peer.label(), "a.test:443");
    }

    void timesThatNeverCameAreNull()
    {
        net::RuleReport rule;
        QVERIFY(toModel(rule).lastUse.isNull());
        rule.lastUse = 1'700'000'000'123;
        QCOMPARE(toModel(rule).lastUse.toMSecsSinceEpoch(), 1'700'000'000'123);
    }
};

QTEST_GUILESS_MAIN(TestGateTranslation)
#include "tst_gatetranslation.moc"
