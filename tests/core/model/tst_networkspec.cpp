#include "core/model/networkspec.h"

#include <QJsonDocument>
#include <QTest>

using namespace boxgate;

class TestNetworkSpec : public QObject
{
    Q_OBJECT

private:
    /// sentence   part of the refusal; empty: it is accepted
    void verify(const NetworkSpec &spec, const QString &sentence)
    {
        const Result<void> checked = spec.check();
        const QString said = checked ? QString() : checked.error().message;
        QVERIFY2(checked.has_value() == sentence.isEmpty(), qPrintable(said));
        QVERIFY2(said.contains(sentence), qPrintable(said));
    }

private Q_SLOTS:
    void theReferencesFormIsRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("mode");
        QTest::newRow("enabled without a list is open") << QByteArray(R"({"mode": "enabled"})") << "open";
        QTest::newRow("enabled with an empty list is open")
            << QByteArray(R"({"mode": "enabled", "allow_net": []})") << "open";
        QTest::newRow("enabled with a list is allowlist")
            << QByteArray(R"({"mode": "enabled", "allow_net": ["a.test"]})") << "allowlist";
        QTest::newRow("disabled is off") << QByteArray(R"({"mode": "disabled"})") << "off";
        QTest::newRow("our allowlist may be empty")
            << QByteArray(R"({"mode": "allowlist", "allow_net": []})") << "allowlist";
        QTest::newRow("nothing is open") << QByteArray("{}") << "open";
    }

    void theReferencesFormIsRead()
    {
        QFETCH(QByteArray, text);
        const auto spec = NetworkSpec::fromJson(QJsonDocument::fromJson(text).object());
        QVERIFY(spec);
        QTEST(toString(spec->mode), "mode");
        QVERIFY(*NetworkSpec::fromJson(spec->toJson()) == *spec);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("field");
        QTest::newRow("unknown mode") << QByteArray(R"({"mode": "bridged"})") << "network.mode";
        QTest::newRow("unknown field") << QByteArray(R"({"rules": []})") << "network.rules";
        QTest::newRow("port 0 of the host's loopback")
            << QByteArray(R"({"host_loopback_ports": [0]})") << "network.host_loopback_ports";
        QTest::newRow("MTU too small") << QByteArray(R"({"mtu": 100})") << "network.mtu";
        QTest::newRow("unknown field of a zone")
            << QByteArray(R"({"zones": [{"name": "a", "ttl": 1}]})") << "zones.ttl";
        QTest::newRow("unknown field of a record")
            << QByteArray(R"({"zones": [{"name": "a", "records": [{"ip": "10.0.0.1", "ttl": 1}]}]})")
            << "zones.records.ttl";
        QTest::newRow("zone without a name") << QByteArray(R"({"zones": [{}]})") << "zones.name";
        QTest::newRow("unknown limit") << QByteArray(R"({"limits": {"sent": 1}})") << "network.limits.sent";
        QTest::newRow("negative limit") << QByteArray(R"({"limits": {"sent_bytes_per_second": -1}})")
                                        << "network.limits.sent_bytes_per_second";
        QTest::newRow("capture that is no flag") << QByteArray(R"({"capture": 1})") << "network.capture";
        QTest::newRow("bad port mapping")
            << QByteArray(R"({"ports": [{"host_port": 80}]})") << "ports.guest_port";
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, field);
        const auto spec = NetworkSpec::fromJson(QJsonDocument::fromJson(text).object());
        QVERIFY(!spec);
        QVERIFY2(spec.error().message.contains(field), qPrintable(spec.error().message));
    }

    void checks_data()
    {
        QTest::addColumn<NetworkMode>("mode");
        QTest::addColumn<QStringList>("rules");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("nothing") << NetworkMode::Open << QStringList() << "";
        QTest::newRow("good rules") << NetworkMode::Allowlist
                                    << QStringList{"a.test", "*.b.test:443", "10.0.0.0/8:1-99/udp"} << "";
        QTest::newRow("the second rule is bad")
            << NetworkMode::Allowlist << QStringList{"a.test", "https://b.test"}
            << "The rule 'https://b.test' cannot be used: 'https://b.test' is a URL";
        QTest::newRow("a bad rule that waits for its mode")
            << NetworkMode::Off << QStringList{"two words"}
            << "The rule 'two words' cannot be used: a rule has neither spaces";
        QTest::newRow("an empty rule") << NetworkMode::Allowlist << QStringList{QString()}
                                       << "The rule '' cannot be used: a rule must not be empty";
        QTest::newRow("characters outside ASCII")
            << NetworkMode::Allowlist << QStringList{QStringLiteral("b\u00fccher.test")}
            << "write international names as xn--";
        QTest::newRow("the rest of a long rule is not shown")
            << NetworkMode::Allowlist << QStringList{QString(1000, u'a')}
            << "aaaa' cannot be used: a rule has at most 300 characters";
    }

    void checks()
    {
        NetworkSpec spec;
        QFETCH(NetworkMode, mode);
        QFETCH(QStringList, rules);
        QFETCH(QString, sentence);
        spec.mode = mode;
        spec.allowNet = rules;
        const Result<void> checked = spec.check();
        QCOMPARE(checked.has_value(), sentence.isEmpty());
        if (checked)
            return;
        QVERIFY(checked.error().code == ErrorCode::InvalidArgument);
        QVERIFY2(checked.error().message.contains(sentence), qPrintable(checked.error().message));
        QVERIFY(checked.error().message.size() < 300);
    }

    void refusesPortsThatCannotBe_data()
    {
        QTest::addColumn<QStringList>("ports");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("none") << QStringList() << "";
        QTest::newRow("the same number over TCP and UDP") << QStringList{"53:53", "53:53/udp"} << "";
        QTest::newRow("the same number on two addresses")
            << QStringList{"127.0.0.1:80:80", "127.0.0.2:80:80"} << "";
        QTest::newRow("two automatic ones") << QStringList{"0:80", "0:81"} << "";
        QTest::newRow("the same port of the host for two of the box")
            << QStringList{"8080:80", "8080:81"} << "Port 8080 on 127.0.0.1 is published twice";
        QTest::newRow("the same automatic one twice")
            << QStringList{"80", "80"} << "The port mapping 127.0.0.1:0:80/tcp is there twice";
    }

    void refusesPortsThatCannotBe()
    {
        QFETCH(QStringList, ports);
        QFETCH(QString, sentence);
        NetworkSpec spec;
        for (const QString &port : ports)
            spec.ports.append(*PortMapping::parse(port));
        verify(spec, sentence);
    }

    void refusesAnAddressThatIsNone()
    {
        NetworkSpec spec;
        spec.ports = {PortMapping{.bindAddress = "localhost", .hostPort = 8080, .guestPort = 80}};
        verify(spec, "'localhost' is not an IPv4 address to publish port 80 on");
        spec.ports = QList<PortMapping>(NetworkSpec::MaxPorts + 1, PortMapping{.guestPort = 80});
        verify(spec, "at most 256 ports");
    }

    void refusesNamesThatCannotBe_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const char *json, const char *sentence) {
            QTest::newRow(name) << QByteArray(json) << QString::fromLatin1(sentence);
        };
        row("a zone with records and a default",
            R"({"zones": [{"name": "Lab.test.", "records": [{"name": "db", "ip": "10.0.0.5"},
                {"name": "a.b", "ip": "10.0.0.6"}, {"name": "", "ip": "10.0.0.7"}], "default_ip": "10.0.0.9"}]})",
            "");
        row("two zones of one name", R"({"zones": [{"name": "a.test"}, {"name": "a.test"}]})", "");
        row("the built-in zone", R"({"zones": [{"name": "BoxLite.internal."}]})",
            "The DNS zone boxlite.internal is built in and cannot be replaced");
        row("below the built-in zone", R"({"zones": [{"name": "x.boxlite.internal"}]})",
            "cannot be replaced");
        row("a look-alike of the built-in zone", R"({"zones": [{"name": "notboxlite.internal"}]})", "");
        row("a name with a space", R"({"zones": [{"name": "a b"}]})", "'a b' is not a name for a DNS zone");
        row("the root", R"({"zones": [{"name": "."}]})", "'.' is not a name for a DNS zone");
        row("an empty label", R"({"zones": [{"name": "a..test"}]})", "is not a name for a DNS zone");
        row("a record's address",
            R"({"zones": [{"name": "a.test", "records": [{"name": "b", "ip": "10.0.0.256"}]}]})",
            "The address '10.0.0.256' of b.a.test is not an IPv4 address");
        row("a record's name",
            R"({"zones": [{"name": "a.test", "records": [{"name": "*", "ip": "10.0.0.5"}]}]})",
            "'*' is not a name in the DNS zone a.test");
        row("a default address", R"({"zones": [{"name": "a.test", "default_ip": "::1"}]})",
            "The default address '::1' of the DNS zone a.test is not an IPv4 address");
        row("no search domain", R"({"search_domains": []})", "");
        row("a search domain", R"({"search_domains": ["lab.test", "-"]})", "");
        row("a search domain that is none", R"({"search_domains": ["lab test"]})",
            "'lab test' is not a search domain");
        row("too many search domains", R"({"search_domains": ["a", "b", "c", "d", "e", "f", "g"]})",
            "at most 6 search domains");
    }

    void refusesNamesThatCannotBe()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, sentence);
        const auto spec = NetworkSpec::fromJson(QJsonDocument::fromJson(text).object());
        QVERIFY2(spec, spec ? "" : qPrintable(spec.error().message));
        verify(*spec, sentence);
    }

    void refusesLimitsThatCannotBe_data()
    {
        QTest::addColumn<quint64>("limit");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("none") << quint64(0) << "";
        QTest::newRow("the lowest") << quint64(1024) << "";
        QTest::newRow("below it") << quint64(1023) << "A limit of 1023 bytes per second is too low";
    }

    void refusesLimitsThatCannotBe()
    {
        QFETCH(quint64, limit);
        QFETCH(QString, sentence);
        NetworkSpec spec;
        spec.limits.sentBytesPerSecond = limit;
        verify(spec, sentence);
        spec.limits = {};
        spec.limits.receivedBytesPerSecond = limit;
        verify(spec, sentence);
    }

    void refusesWhatFitsNoFrame()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        for (int i = 0; i < 5000; ++i)
            spec.allowNet.append(QStringLiteral("host%1.example.test").arg(i));
        verify(spec, "");
        for (int i = 0; i < 5000; ++i)
            spec.allowNet.append(QStringLiteral("more%1.example.test").arg(i));
        verify(spec, "is described in at most 160 KiB");
    }

    void everyFieldSurvives()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        spec.allowNet = QStringList{"a.test:443"};
        spec.hostLoopback = HostLoopback::Ports;
        spec.hostLoopbackPorts = {5432, 8081};
        spec.ports = {PortMapping{Protocol::Udp, "0.0.0.0", 5353, 53}};
        spec.zones = {DnsZone{"lab.test", {DnsRecord{"db", "10.0.0.5"}}, "10.0.0.9"}};
        spec.searchDomains = QStringList{"lab.test", "local"};
        spec.mtu = 9000;
        spec.capture = true;
        spec.limits = RateLimits{1 << 20, 1 << 21};
        const QJsonObject json = spec.toJson();
        QCOMPARE(json.size(), 10); // a field that is added is added here
        const auto read = NetworkSpec::fromJson(json);
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QVERIFY(*read == spec);
        QVERIFY(*read != NetworkSpec());
    }

    void whatAnEarlierVersionStoredIsRead()
    {
        const auto spec = NetworkSpec::fromJson(
            QJsonDocument::fromJson(R"({"mode": "open", "allow_net": [], "host_loopback": "off",
                "host_loopback_ports": [], "ports": [], "mtu": 1500})")
                .object());
        QVERIFY(spec);
        NetworkSpec expected;
        expected.hostLoopback = HostLoopback::Off;
        QVERIFY(*spec == expected);
        QCOMPARE(spec->searchDomains, QStringList{"local"});
    }

    void exposure_data()
    {
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("loopback");
        QTest::addColumn<bool>("exposes");
        QTest::newRow("open, open") << int(NetworkMode::Open) << int(HostLoopback::Open) << true;
        QTest::newRow("an allowlist does not govern the alias")
            << int(NetworkMode::Allowlist) << int(HostLoopback::Open) << true;
        QTest::newRow("some ports are exposed too")
            << int(NetworkMode::Open) << int(HostLoopback::Ports) << true;
        QTest::newRow("alias off") << int(NetworkMode::Open) << int(HostLoopback::Off) << false;
        QTest::newRow("network off") << int(NetworkMode::Off) << int(HostLoopback::Open) << false;
    }

    void exposure()
    {
        QFETCH(int, mode);
        QFETCH(int, loopback);
        NetworkSpec spec;
        spec.mode = NetworkMode(mode);
        spec.hostLoopback = HostLoopback(loopback);
        QTEST(spec.exposesLoopback(), "exposes");
    }
};

QTEST_GUILESS_MAIN(TestNetworkSpec)
#include "tst_networkspec.moc"
