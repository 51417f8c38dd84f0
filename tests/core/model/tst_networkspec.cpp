#include "core/model/networkspec.h"

#include <QJsonDocument>
#include <QTest>

using namespace boxgate;

class TestNetworkSpec : public QObject
{
    Q_OBJECT

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

    void portMappingsAreRefusedAloud()
    {
        NetworkSpec spec;
        spec.ports = {PortMapping{.hostPort = 8080, .guestPort = 80}};
        const Result<void> checked = spec.check();
        QVERIFY2(checked.error().message.contains(
                     "8080:80/tcp cannot be published: port mappings come with the next version"),
                 qPrintable(checked.error().message));
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
