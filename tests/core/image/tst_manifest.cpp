#include "core/image/imageconfig.h"
#include "core/image/manifest.h"

#include <QtTest>

using namespace boxgate;

namespace {

const QString Hex =
    QStringLiteral("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"); // of "hello"

QByteArray descriptor(const char *type, const QByteArray &more = {})
{
    return QByteArray("{\"mediaType\":\"") + type + "\",\"size\":5,\"digest\":\"sha256:" + Hex.toLatin1()
        + '"' + more + '}';
}

const char *Layer = "application/vnd.oci.image.layer.v1.tar+gzip";

} // namespace

class ManifestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void digests_data();
    void digests();
    void readsAConfig();
    void writesWhatItReads();
    void ignoresWhatItDoesNotKnow();
    void refusesConfigs_data();
    void refusesConfigs();
    void refusesManifests_data();
    void refusesManifests();
    void choosesAPlatform_data();
    void choosesAPlatform();
};

void ManifestTest::digests_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("good");
    QTest::newRow("good") << QString(QStringLiteral("sha256:") + Hex) << true;
    QTest::newRow("upper case") << QString(QStringLiteral("sha256:") + Hex.toUpper()) << false;
    QTest::newRow("too short") << QString(QStringLiteral("sha256:") + Hex.left(63)) << false;
    QTest::newRow("too long") << QString(QStringLiteral("sha256:") + Hex + u'0') << false;
    QTest::newRow("another algorithm") << QString(QStringLiteral("sha512:") + Hex) << false;
    QTest::newRow("a path") << QStringLiteral("sha256:../../etc/passwd") << false;
    QTest::newRow("empty") << QString() << false;
}

void ManifestTest::digests()
{
    QFETCH(const QString, text);
    QFETCH(const bool, good);
    const Result<Digest> digest = Digest::parse(text);
    QCOMPARE(digest.has_value(), good);
    if (good) {
        QCOMPARE(digest->toString(), text);
        QVERIFY(*digest == Digest::ofBytes("hello"));
    }
}

void ManifestTest::readsAConfig()
{
    const Result<ImageConfig> config = ImageConfig::parse(R"({
        "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
        "config": {"Entrypoint": ["/entry"], "Cmd": ["a", "b"], "Env": ["PATH=/bin", "X=1=2"], "WorkingDir": "/srv",
                   "User": "www:www", "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
                   "Volumes": {"/data": {}}, "Labels": {"a": "b"}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"]}})");
    QVERIFY(config);
    QCOMPARE(config->entrypoint, QStringList{QStringLiteral("/entry")});
    QCOMPARE(config->command, (QStringList{QStringLiteral("a"), QStringLiteral("b")}));
    QCOMPARE(config->environment.last(), QStringLiteral("X=1=2"));
    QCOMPARE(config->workingDirectory, QStringLiteral("/srv"));
    QCOMPARE(config->user, QStringLiteral("www:www"));
    QCOMPARE(config->stopSignal, QStringLiteral("SIGQUIT"));
    QCOMPARE(config->exposedPorts, (QStringList{QStringLiteral("53/udp"), QStringLiteral("80/tcp")}));
    QCOMPARE(config->volumes, QStringList{QStringLiteral("/data")});
    QCOMPARE(config->diffIds.size(), 1);
}

void ManifestTest::writesWhatItReads()
{
    ImageConfig config;
    config.architecture = QStringLiteral("arm64");
    config.os = QStringLiteral("linux");
    config.command = QStringList{QStringLiteral("sh")};
    config.exposedPorts = QStringList{QStringLiteral("80/tcp")};
    config.diffIds = {Digest::ofBytes("x")};
    const Result<ImageConfig> read = ImageConfig::parse(config.toJson());
    QVERIFY(read);
    QVERIFY(*read == config);

    ImageManifest manifest;
    manifest.config = {mediatype::Config, Digest::ofBytes("c"), 7, {}, {}, {}};
    manifest.layers = {{mediatype::LayerGzip, Digest::ofBytes("l"), 8, {}, {}, {}}};
    const Result<ImageManifest> again = ImageManifest::parse(manifest.toJson());
    QVERIFY(again);
    QVERIFY(again->config == manifest.config && again->layers == manifest.layers);
}

void ManifestTest::ignoresWhatItDoesNotKnow()
{
    QVERIFY(ImageConfig::parse("{}"));
    QVERIFY(ImageConfig::parse(R"({"config": null, "rootfs": {"diff_ids": null}, "future": [1, 2]})"));
}

void ManifestTest::refusesConfigs_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("an array") << QByteArray("[]");
    QTest::newRow("Env of numbers") << QByteArray(R"({"config": {"Env": [1]}})");
    QTest::newRow("Cmd is a string") << QByteArray(R"({"config": {"Cmd": "sh"}})");
    QTest::newRow("config is a list") << QByteArray(R"({"config": []})");
    QTest::newRow("a diff id that is none") << QByteArray(R"({"rootfs": {"diff_ids": ["../x"]}})");
    QTest::newRow("too large") << QByteArray(R"({"a": ")") + QByteArray(ImageConfig::MaxJsonBytes, 'x')
            + "\"}";
    QTest::newRow("nested deeply") << QByteArray(R"({"a": )") + QByteArray(100'000, '[');
}

void ManifestTest::refusesConfigs()
{
    QFETCH(const QByteArray, json);
    const Result<ImageConfig> config = ImageConfig::parse(json);
    QVERIFY(!config);
    QCOMPARE(toString(config.error().code), QStringLiteral("corrupt"));
}

void ManifestTest::refusesManifests_data()
{
    QTest::addColumn<QByteArray>("json");
    const QByteArray config = descriptor("application/vnd.oci.image.config.v1+json");
    QTest::newRow("no config") << QByteArray(R"({"layers": []})");
    QTest::newRow("a layer that is no object") << "{\"config\": " + config + ", \"layers\": [1]}";
    QTest::newRow("a layer of another kind")
        << "{\"config\": " + config + ", \"layers\": [" + descriptor("text/html") + "]}";
    QTest::newRow("an encrypted layer") << "{\"config\": " + config + ", \"layers\": ["
            + descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted") + "]}";
    QTest::newRow("a negative size") << "{\"config\": " + QByteArray(config).replace(":5,", ":-5,")
            + ", \"layers\": []}";
    QTest::newRow("a size beyond all")
        << "{\"config\": " + QByteArray(config).replace(":5,", ":1e15,") + ", \"layers\": []}";
    QTest::newRow("too many layers") << "{\"config\": " + config + ", \"layers\": ["
            + (QByteArray(descriptor(Layer)) + ',').repeated(ImageManifest::MaxLayers) + descriptor(Layer)
            + "]}";
}

void ManifestTest::refusesManifests()
{
    QFETCH(const QByteArray, json);
    const Result<ImageManifest> manifest = ImageManifest::parse(json);
    QVERIFY(!manifest);
    QCOMPARE(toString(manifest.error().code), QStringLiteral("corrupt"));
}

void ManifestTest::choosesAPlatform_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QString>("tag");
    QTest::addColumn<int>("chosen");
    QTest::newRow("its own") << QStringLiteral("arm64") << QString() << 1;
    QTest::newRow("another one: the one that names none") << QStringLiteral("riscv64") << QString() << 2;
    QTest::newRow("tag") << QStringLiteral("amd64") << QStringLiteral("v2") << 3;
    QTest::newRow("unknown tag") << QStringLiteral("amd64") << QStringLiteral("v3") << -1;
    QTest::newRow("not of another system") << QStringLiteral("amd64") << QString() << 3;
}

void ManifestTest::choosesAPlatform()
{
    QFETCH(const QString, architecture);
    QFETCH(const QString, tag);
    QFETCH(const int, chosen);
    const char *type = "application/vnd.oci.image.manifest.v1+json";
    const QByteArray json =
        "{\"manifests\": [" + descriptor(type, R"(, "platform": {"architecture": "amd64", "os": "windows"})")
        + ',' + descriptor(type, R"(, "platform": {"architecture": "arm64", "os": "linux"})") + ','
        + descriptor(type) + ','
        + descriptor(
            type,
            R"(, "platform": {"architecture": "amd64", "os": "linux"}, "annotations": {"org.opencontainers.image.ref.name": "v2"})")
        + "]}";
    const Result<ImageIndex> index = ImageIndex::parse(json);
    QVERIFY(index);
    const auto *found = index->find(architecture, tag);
    QCOMPARE(found ? int(found - index->manifests.constData()) : -1, chosen);
}

QTEST_GUILESS_MAIN(ManifestTest)
#include "tst_manifest.moc"
