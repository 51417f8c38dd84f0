#include "core/model/boxspec.h"

#include <QJsonArray>
#include <QTest>

using namespace boxgate;

namespace {

BoxSpec typical()
{
    BoxSpec spec;
    spec.name = "web";
    spec.image = *ImageRef::parse("builtin/busybox");
    spec.cpus = 2;
    spec.memory = Bytes::fromGibi(1);
    spec.environment = {"A=1", "B=x=y"};
    spec.user = "box";
    spec.workingDirectory = "/srv";
    spec.command = {"sh", "-c", "echo hello"};
    spec.tty = true;
    spec.interactive = true;
    spec.autoRemove = true;
    spec.mounts = {Mount{"/data", "/data", true}};
    spec.network.mode = NetworkMode::Allowlist;
    spec.network.allowNet = {"*.example.test:443/tcp"};
    spec.network.ports = {PortMapping{Protocol::Tcp, "127.0.0.1", 8080, 80}};
    return spec;
}

} // namespace

class TestBoxSpec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrips()
    {
        const auto read = BoxSpec::fromJson(typical().toJson());
        QVERIFY(read);
        QVERIFY(*read == typical());
    }

    void unknownFieldsAreRefusedByName()
    {
        QJsonObject json = typical().toJson();
        json["colour"] = "red";
        const auto read = BoxSpec::fromJson(json);
        QVERIFY(!read);
        QVERIFY(read.error().message.contains("'colour'"));
    }

    void unknownFieldsInsideAreRefusedByName()
    {
        QJsonObject json = typical().toJson();
        QJsonObject network = json["network"].toObject();
        network["alow_net"] = QJsonArray();
        json["network"] = network;
        const auto read = BoxSpec::fromJson(json);
        QVERIFY(!read);
        QVERIFY(read.error().message.contains("network.alow_net"));
    }

    void checks_data()
    {
        QTest::addColumn<int>("cpus");
        QTest::addColumn<quint64>("memoryMebi");
        QTest::addColumn<quint64>("diskMebi");
        QTest::addColumn<QString>("complaint");
        QTest::newRow("typical") << 2 << quint64(1024) << quint64(10240) << "";
        QTest::newRow("least") << 1 << quint64(128) << quint64(64) << "";
        QTest::newRow("all of the host") << 4 << quint64(8192) << quint64(10240) << "";
        QTest::newRow("no CPU") << 0 << quint64(512) << quint64(1024) << "1 to 4";
        QTest::newRow("more CPUs than the host's") << 5 << quint64(512) << quint64(1024) << "1 to 4";
        QTest::newRow("too little memory") << 1 << quint64(127) << quint64(1024) << "128 MiB to 8 GiB";
        QTest::newRow("more memory than the host's")
            << 1 << quint64(8193) << quint64(1024) << "128 MiB to 8 GiB";
        QTest::newRow("too small a disk") << 1 << quint64(512) << quint64(63) << "64 MiB to 16 TiB";
        QTest::newRow("too large a disk")
            << 1 << quint64(512) << quint64(17) * 1024 * 1024 << "64 MiB to 16 TiB";
    }

    void checks()
    {
        QFETCH(int, cpus);
        QFETCH(quint64, memoryMebi);
        QFETCH(quint64, diskMebi);
        QFETCH(QString, complaint);
        BoxSpec spec = typical();
        spec.network.ports.clear();
        spec.cpus = cpus;
        spec.memory = Bytes::fromMebi(memoryMebi);
        spec.disk = Bytes::fromMebi(diskMebi);
        const auto checked = spec.check(Bytes::fromGibi(8), 4);
        QCOMPARE(checked.has_value(), complaint.isEmpty());
        if (!checked)
            QVERIFY2(checked.error().message.contains(complaint), qPrintable(checked.error().message));
    }

    void theNetworkIsCheckedToo()
    {
        BoxSpec spec = typical();
        QVERIFY(!spec.network.ports.isEmpty() && spec.check(Bytes::fromGibi(8), 4));
        spec.network.ports.append(spec.network.ports.first());
        QVERIFY(spec.check(Bytes::fromGibi(8), 4).error().message.contains("twice"));
        spec.network.ports.removeLast();
        spec.network.allowNet = {"http://a.test"};
        QVERIFY(spec.check(Bytes::fromGibi(8), 4).error().message.contains("is a URL"));
    }

    void environmentWithoutANameIsRefused()
    {
        BoxSpec spec = typical();
        spec.network.ports.clear();
        spec.environment = {"=x"};
        QVERIFY(!spec.check(Bytes::fromGibi(8), 4));
        spec.environment = {"JUSTANAME"};
        QVERIFY(!spec.check(Bytes::fromGibi(8), 4));
    }
};

QTEST_GUILESS_MAIN(TestBoxSpec)
#include "tst_boxspec.moc"
