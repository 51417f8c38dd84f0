#include "core/client/boxmanifest.h"

#include <QTest>

#include <QJsonDocument>

using namespace boxgate;

namespace {

BoxManifest sample()
{
    BoxManifest manifest;
    manifest.spec.name = "web";
    manifest.spec.image = *ImageRef::parse("builtin/busybox");
    manifest.spec.disk = Bytes::fromGibi(1);
    manifest.image.digest = Digest::ofBytes("image");
    manifest.image.config.entrypoint = {"serve"};
    manifest.image.config.labels = {{"a", "b"}};
    manifest.diskSize = Bytes::fromGibi(1);
    manifest.chunks = 3;
    manifest.exportedAt = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, Qt::UTC);
    return manifest;
}

} // namespace

/// The documents of an exported box; a stranger may have written them.
class TestBoxManifest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesTheTrip()
    {
        const Result<BoxManifest> read = BoxManifest::decode(sample().encode());
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QCOMPARE(*read, sample());
        const ArchiveEnd end{7, QByteArray(32, 'x')};
        QCOMPARE(*ArchiveEnd::decode(end.encode()), end);
    }

    void whatIsWrongIsNamed_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::addColumn<QString>("says");
        QTest::newRow("another format") << "format" << QJsonValue("x") << "no box that Boxgate";
        QTest::newRow("newer") << "version" << QJsonValue(2) << "newer Boxgate";
        QTest::newRow("version 0") << "version" << QJsonValue(0) << "no box that Boxgate";
        QTest::newRow("no time") << "exported_at" << QJsonValue("2024-+1-02T03:04:05.678Z") << "exported_at";
        QTest::newRow("no disk") << "disk_bytes" << QJsonValue() << "disk_bytes";
        QTest::newRow("a disk of 1 byte") << "disk_bytes" << QJsonValue(1) << "disk_bytes";
        QTest::newRow("an endless disk") << "disk_bytes" << QJsonValue(qint64(1) << 50) << "disk_bytes";
        QTest::newRow("more chunks than disk") << "chunks" << QJsonValue(257) << "chunks";
        QTest::newRow("no specification") << "spec" << QJsonValue() << "name";
        QTest::newRow("an unknown field") << "more" << QJsonValue(1) << "more";
        QTest::newRow("an image that is none")
            << "image" << QJsonValue(QJsonObject{{"digest", "x"}}) << "digest";
    }

    void whatIsWrongIsNamed()
    {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        QFETCH(QString, says);
        QJsonObject object = QJsonDocument::fromJson(sample().encode()).object();
        object.insert(field, value);
        const Result<BoxManifest> read = BoxManifest::decode(QJsonDocument(object).toJson());
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains(says), qPrintable(read.error().message));
    }

    void chunkNamesAreExact_data()
    {
        QTest::addColumn<bool>("accepted");
        QTest::newRow("disk/0000000000000000") << true;
        QTest::newRow("disk/0000000000400000") << true;
        QTest::newRow("disk/0000000000800000") << false; // behind the end
        QTest::newRow("disk/0000000000000001") << false;
        QTest::newRow("disk/000000000040000A") << false;
        QTest::newRow("disk/0") << false;
        QTest::newRow("disk/-000000000400000") << false;
        QTest::newRow("disk/../../etc/passwd") << false;
        QTest::newRow("/disk/0000000000000000") << false;
        QTest::newRow("box.json") << false;
    }

    void chunkNamesAreExact()
    {
        const Bytes size(2 * ChunkBytes - 100);
        QTEST(chunkOffset(QTest::currentDataTag(), size).has_value(), "accepted");
        QCOMPARE(chunkLength(ChunkBytes, size), ChunkBytes - 100);
    }

    void aStrangersBoxReachesNothingOfTheHost()
    {
        BoxSpec spec = sample().spec;
        spec.mounts = {*Mount::parse("/home:/host")};
        spec.network.ports = {*PortMapping::parse("0.0.0.0:22:22")};
        spec.network.capture = true;
        spec.autoRemove = true;
        spec.network.allowNet = {"example.com"};
        const QStringList taken = disarm(spec);
        QCOMPARE(taken.size(), 3);
        QVERIFY(spec.mounts.isEmpty() && spec.network.ports.isEmpty() && !spec.network.exposesLoopback());
        QVERIFY(!spec.network.capture && !spec.autoRemove);
        QCOMPARE(spec.network.allowNet, QStringList{"example.com"});
        QVERIFY(disarm(spec).isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestBoxManifest)
#include "tst_boxmanifest.moc"
