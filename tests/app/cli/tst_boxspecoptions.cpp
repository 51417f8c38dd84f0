#include "app/cli/boxspecoptions.h"
#include "app/cli/commands/commands.h"

#include <QDir>
#include <QTemporaryFile>
#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

/// JSON with ' for ": moc does not get over raw strings.
static QByteArray json(QByteArray text) { return text.replace('\'', '"'); }

class TestBoxSpecOptions : public QObject
{
    Q_OBJECT

    static Result<BoxSpec> read(const QStringList &options)
    {
        const QStringList words =
            QStringList{"create"} + options + QStringList{"builtin/busybox", "--", "sh", "-c", "x"};
        const Result<CommandLine> line = ArgumentParser(allCommands()).parse(words);
        BOXGATE_TRY(line);
        return readBoxSpec(line->arguments);
    }

private Q_SLOTS:
    void readsEverything()
    {
        qputenv("BOXGATE_TEST_VALUE", "from here");
        const Result<BoxSpec> spec = read({"--name",
                                           "web",
                                           "--rm",
                                           "--cpus",
                                           "2",
                                           "-m",
                                           "1g",
                                           "--disk",
                                           "20",
                                           "-e",
                                           "A=1",
                                           "-e",
                                           "BOXGATE_TEST_VALUE",
                                           "-e",
                                           "BOXGATE_TEST_UNSET",
                                           "-w",
                                           "/srv",
                                           "-u",
                                           "1000:100",
                                           "-it",
                                           "-v",
                                           "/tmp:/data:ro"});
        QVERIFY2(spec, qPrintable(spec ? QString() : spec.error().message));
        QCOMPARE(spec->name, "web");
        QVERIFY(spec->autoRemove && spec->interactive && spec->tty);
        QCOMPARE(spec->cpus, 2);
        QCOMPARE(spec->memory, Bytes::fromGibi(1));
        QCOMPARE(spec->disk, Bytes::fromGibi(20));
        QCOMPARE(spec->environment, QStringList({"A=1", "BOXGATE_TEST_VALUE=from here"}));
        QCOMPARE(spec->workingDirectory, "/srv");
        QCOMPARE(spec->user, "1000:100");
        QCOMPARE(spec->command, QStringList({"sh", "-c", "x"}));
        QCOMPARE(spec->mounts.size(), 1);
        QVERIFY(spec->mounts.first().readOnly);
        QCOMPARE(spec->network, NetworkSpec());
    }

    void readsTheNetwork_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<NetworkMode>("mode");
        QTest::addColumn<int>("rules");
        QTest::newRow("default") << QStringList{} << NetworkMode::Open << 0;
        QTest::newRow("off") << QStringList{"--network", "off"} << NetworkMode::Off << 0;
        QTest::newRow("disabled") << QStringList{"--network", "disabled"} << NetworkMode::Off << 0;
        QTest::newRow("enabled") << QStringList{"--network", "enabled"} << NetworkMode::Open << 0;
        QTest::newRow("empty allowlist allows nothing")
            << QStringList{"--network", "allowlist"} << NetworkMode::Allowlist << 0;
        QTest::newRow("rules imply the allowlist")
            << QStringList{"--allow-net", "a.org", "--allow-net", "10.0.0.0/8"} << NetworkMode::Allowlist
            << 2;
        QTest::newRow("enabled with rules is the allowlist")
            << QStringList{"--network", "enabled", "--allow-net", "a.org"} << NetworkMode::Allowlist << 1;
    }

    void readsTheNetwork()
    {
        QFETCH(QStringList, options);
        const Result<BoxSpec> spec = read(options);
        QVERIFY(spec);
        QFETCH(NetworkMode, mode);
        QVERIFY(spec->network.mode == mode);
        QTEST(int(spec->network.allowNet.size()), "rules");
    }

    void readsHostLoopback_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<HostLoopback>("setting");
        QTest::addColumn<QList<quint16>>("ports");
        QTest::newRow("open") << "open" << HostLoopback::Open << QList<quint16>{};
        QTest::newRow("off") << "off" << HostLoopback::Off << QList<quint16>{};
        QTest::newRow("ports") << "8081,5432" << HostLoopback::Ports << QList<quint16>{8081, 5432};
    }

    void readsHostLoopback()
    {
        QFETCH(QString, text);
        const Result<BoxSpec> spec = read({"--host-loopback", text});
        QVERIFY(spec);
        QFETCH(HostLoopback, setting);
        QVERIFY(spec->network.hostLoopback == setting);
        QTEST(spec->network.hostLoopbackPorts, "ports");
    }

    void readsTheWholeNetwork()
    {
        const Result<BoxSpec> spec =
            read({"-p", "8080:80", "-p", "53/udp", "--dns-zone", "lab.test=10.0.0.9", "--dns-zone",
                  "lab.test:db=10.0.0.5", "--limit", "sent=1m", "--capture", "--mtu", "9000"});
        QVERIFY2(spec, qPrintable(spec ? QString() : spec.error().message));
        const NetworkSpec &network = spec->network;
        QCOMPARE(network.ports.size(), 2);
        QCOMPARE(network.ports[0].toString(), "127.0.0.1:8080:80/tcp");
        QCOMPARE(network.ports[1].toString(), "127.0.0.1:0:53/udp");
        QCOMPARE(network.zones.size(), 1);
        QCOMPARE(network.zones[0].defaultIp, "10.0.0.9");
        QCOMPARE(network.zones[0].records.size(), 1);
        QCOMPARE(network.limits.sentBytesPerSecond, 1024u * 1024u);
        QCOMPARE(network.limits.receivedBytesPerSecond, 0u);
        QVERIFY(network.capture);
        QCOMPARE(network.mtu, 9000);
    }

    void addsOptionsToANetworkFile()
    {
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(json("{'mode': 'allowlist', 'allow_net': ['a.org'], 'mtu': 1400}"));
        file.close();
        const Result<BoxSpec> spec =
            read({"--network-file", file.fileName(), "--allow-net", "b.org", "--mtu", "1300"});
        QVERIFY2(spec, qPrintable(spec ? QString() : spec.error().message));
        QVERIFY(spec->network.mode == NetworkMode::Allowlist);
        QCOMPARE(spec->network.allowNet, QStringList({"a.org", "b.org"}));
        QCOMPARE(spec->network.mtu, 1300);
        const Result<BoxSpec> open = read({"--network-file", file.fileName(), "--network", "open"});
        QVERIFY(open && open->network.mode == NetworkMode::Open);
    }

    void refusesNetworkFiles_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("not JSON") << QByteArray("mode: open") << "is not a network specification";
        QTest::newRow("no object") << QByteArray("[1]") << "it is no object";
        QTest::newRow("unknown field") << json("{'modus': 'open'}") << "modus";
        QTest::newRow("rule that is none") << json("{'allow_net': ['http://a']}") << "is a URL";
    }

    void refusesNetworkFiles()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, sentence);
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(content);
        file.close();
        const Result<BoxSpec> spec = read({"--network-file", file.fileName()});
        QVERIFY(!spec);
        QVERIFY2(spec.error().message.contains(sentence), qPrintable(spec.error().message));
        QVERIFY(!read({"--network-file", "/no/such/file"}));
    }

    void refuses_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("cpus are a number") << QStringList{"--cpus", "many"} << "--cpus: 'many'";
        QTest::newRow("cpus above zero") << QStringList{"--cpus", "0"} << "--cpus: '0'";
        QTest::newRow("memory is a size") << QStringList{"-m", "lots"} << "--memory: 'lots' is not a size";
        QTest::newRow("disk is a size") << QStringList{"--disk", "-1"} << "--disk: '-1' is not a size";
        QTest::newRow("environment has a name") << QStringList{"-e", "=x"} << "--env: '=x'";
        QTest::newRow("volume has a guest path") << QStringList{"-v", "/tmp"} << "--volume";
        QTest::newRow("network mode")
            << QStringList{"--network", "closed"} << "'closed' is not a network mode";
        QTest::newRow("rules without a gate")
            << QStringList{"--network", "off", "--allow-net", "a.org"} << "no effect";
        QTest::newRow("rules with an open network")
            << QStringList{"--network", "open", "--allow-net", "a.org"} << "no effect";
        QTest::newRow("rule that is a URL")
            << QStringList{"--allow-net", "a.org", "--allow-net", "https://b.org/x"}
            << "--allow-net: The rule 'https://b.org/x' cannot be used: 'https://b.org/x' is a URL";
        QTest::newRow("rule that is empty") << QStringList{"--allow-net", ""} << "--allow-net: The rule ''";
        QTest::newRow("loopback word") << QStringList{"--host-loopback", "some"} << "--host-loopback: 'some'";
        QTest::newRow("loopback port")
            << QStringList{"--host-loopback", "70000"} << "--host-loopback: '70000'";
        QTest::newRow("port that is none") << QStringList{"-p", "80:http"} << "--publish: '80:http'";
        QTest::newRow("port published twice")
            << QStringList{"-p", "8080:80", "-p", "8080:81"} << "published twice";
        QTest::newRow("limit without a direction") << QStringList{"--limit", "1m"} << "--limit: '1m'";
        QTest::newRow("limit that is none")
            << QStringList{"--limit", "sent=fast"} << "--limit: 'fast' is not a rate";
        QTest::newRow("limit that would stop it") << QStringList{"--limit", "sent=10"} << "too low";
        QTest::newRow("zone record without an address")
            << QStringList{"--dns-zone", "lab.test:db"} << "--dns-zone: 'lab.test:db' is not a record";
        QTest::newRow("zone that is built in")
            << QStringList{"--dns-zone", "boxlite.internal=10.0.0.1"} << "built in";
        QTest::newRow("mtu too small") << QStringList{"--mtu", "100"} << "--mtu: '100'";
        QTest::newRow("empty name") << QStringList{"--name", ""} << "--name needs a name";
    }

    void refuses()
    {
        QFETCH(QStringList, options);
        QFETCH(QString, sentence);
        const Result<BoxSpec> spec = read(options);
        QVERIFY(!spec);
        QVERIFY(spec.error().code == ErrorCode::InvalidArgument);
        QVERIFY2(spec.error().message.contains(sentence), qPrintable(spec.error().message));
    }

    void takesVolumesBelowThisFolder()
    {
        const Result<BoxSpec> spec = read({"-v", "data:/data"});
        QVERIFY(spec);
        QCOMPARE(spec->mounts.first().hostPath, QDir::current().absoluteFilePath("data"));
    }
};

QTEST_GUILESS_MAIN(TestBoxSpecOptions)
#include "tst_boxspecoptions.moc"
