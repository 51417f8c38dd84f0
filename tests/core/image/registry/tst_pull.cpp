#include <QTest>

#include "tests/core/image/registry/pullworld.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace boxgate;
using namespace boxgate::test;

namespace {

const QByteArray OtherLayer = QByteArray(3 << 20, 'x');

QByteArray lengthOf(qint64 size) { return "Content-Length: " + QByteArray::number(size) + "\r\n"; }

FakeRegistry::Handler always(const QByteArray &status, const QByteArray &headers = {},
                             const QByteArray &body = {})
{
    return
        [=](QTcpSocket *socket, const FakeRequest &) { FakeRegistry::answer(socket, status, headers, body); };
}

/// The first so many requests get one answer, all later ones what was served before.
FakeRegistry::Handler first(int count, const FakeRegistry::Handler &bad, const FakeRegistry::Handler &good)
{
    const auto left = std::make_shared<int>(count);
    return [=](QTcpSocket *socket, const FakeRequest &request) {
        if ((*left)-- > 0)
            bad(socket, request);
        else
            good(socket, request);
    };
}

FakeRegistry::Handler served(const QByteArray &bytes)
{
    return [bytes](QTcpSocket *socket, const FakeRequest &) {
        FakeRegistry::answer(socket, "200 OK", lengthOf(bytes.size()), bytes);
    };
}

/// Announces all, sends some, and then does nothing any more.
FakeRegistry::Handler stalled(const QByteArray &bytes, qsizetype count)
{
    return [=](QTcpSocket *socket, const FakeRequest &) {
        socket->write("HTTP/1.1 200 OK\r\n" + lengthOf(bytes.size()) + "\r\n" + bytes.left(count));
    };
}

FakeRegistry::Handler reset(const QByteArray &bytes, qsizetype count)
{
    return [=](QTcpSocket *socket, const FakeRequest &) {
        socket->write("HTTP/1.1 200 OK\r\n" + lengthOf(bytes.size()) + "\r\n" + bytes.left(count));
        socket->disconnectFromHost();
    };
}

qint64 peakKib()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray text = status.readAll();
    const qsizetype at = text.indexOf("VmHWM:");
    return text.mid(at + 6, text.indexOf("kB", at) - at - 6).trimmed().toLongLong();
}

void forgetPeak()
{
    QFile file(QStringLiteral("/proc/self/clear_refs"));
    if (file.open(QIODevice::WriteOnly))
        file.write("5\n");
}

} // namespace

/// A registry that does what it should not: one clear sentence, nothing half made, bounded memory, and the
/// next pull works.
class TestPull : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("BOXGATE_KEYCHAIN", "off");
        qputenv("DOCKER_CONFIG", "/nonexistent");
    }

    void pulls()
    {
        PullWorld world;
        const Result<StoredImage> image = world.pull();
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QVERIFY(world.isWhole());
        QVERIFY(world.isClean());
        QCOMPARE(world.store().list()->size(), 1);
        QVERIFY(image->manifest.digest == Digest::ofBytes(world.manifest));
        // Again: everything is there, so that only the manifest is asked for.
        const qsizetype before = world.registry.requests().size();
        QVERIFY(world.pull());
        QCOMPARE(world.registry.requests().size(), before + 1);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<FakeRegistry::Handler>("handler");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("sentence");
        const PullWorld world;
        const QByteArray manifest = PullWorld::ManifestPath;
        const QByteArray layer = world.layerPath();
        const auto row = [](const char *name, const QByteArray &path, const FakeRegistry::Handler &handler,
                            ErrorCode code, const char *sentence) {
            QTest::newRow(name) << path << handler << code << QString::fromLatin1(sentence);
        };
        row(
            "stall before the head", manifest, [](QTcpSocket *, const FakeRequest &) {}, ErrorCode::Timeout,
            "has sent nothing for 0.4 s");
        row("stall in a manifest", manifest, stalled(world.manifest, 10), ErrorCode::Timeout,
            "has sent nothing");
        row("stall in a blob", layer, stalled(world.layer, 100), ErrorCode::Timeout, "has sent nothing");
        row("break in a blob, always", layer, reset(world.layer, 100), ErrorCode::Unavailable, "broke");
        row(
            "break before an answer", manifest,
            [](QTcpSocket *socket, const FakeRequest &) { socket->abort(); }, ErrorCode::Unavailable,
            "broke");
        row("redirect for ever", manifest, always("302 Found", "Location: /v2/app/manifests/latest\r\n"),
            ErrorCode::Protocol, "redirects again and again");
        row("redirect to nowhere", layer, always("307 Temporary Redirect"), ErrorCode::Protocol,
            "redirects to nowhere");
        row("redirect to a file", layer, always("302 Found", "Location: file:///etc/passwd\r\n"),
            ErrorCode::Protocol, "redirects to nowhere");
        row("429 for an hour", manifest, always("429 Too Many Requests", "Retry-After: 3600\r\n"),
            ErrorCode::Unavailable, "too many requests");
        row("429 always", layer, always("429 Too Many Requests"), ErrorCode::Unavailable,
            "too many requests");
        row("500 always", manifest, always("500 Oops", {}, "{\"errors\":[{\"message\":\"disk\\nfull\"}]}"),
            ErrorCode::Unavailable, "is out of order: it answered 500 (disk full)");
        row("404", manifest, always("404 Not Found"), ErrorCode::NotFound, "has no image");
        row("403", manifest, always("403 Forbidden"), ErrorCode::Denied, "boxgate login");
        row("418", manifest, always("418 Teapot"), ErrorCode::Protocol, "answered 418");
        row(
            "manifest of 100 MB", manifest,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("HTTP/1.1 200 OK\r\n" + lengthOf(100'000'000) + "\r\n");
                FakeRegistry::pour(socket, 100'000'000, QByteArray(65536, ' '));
            },
            ErrorCode::Corrupt, "a document of more than 4194304 bytes");
        row(
            "manifest of 100 MB without a length", manifest,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                FakeRegistry::pour(socket, 100'000'000, QByteArray(65536, ' '));
            },
            ErrorCode::Corrupt, "a document of more than 4194304 bytes");
        row(
            "error document of 100 MB", manifest,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("HTTP/1.1 404 Not Found\r\n" + lengthOf(100'000'000) + "\r\n");
                FakeRegistry::pour(socket, 100'000'000, QByteArray(65536, ' '));
            },
            ErrorCode::NotFound, "has no image");
        row("a web page", manifest, always("200 OK", "Content-Type: text/html\r\n", "<html>"),
            ErrorCode::Corrupt, "is not a JSON object");
        row("JSON of another kind", manifest, always("200 OK", {}, "{}"), ErrorCode::Protocol, "is no image");
        row("schema 1", manifest, always("200 OK", {}, "{\"schemaVersion\":1}"), ErrorCode::Protocol,
            "old schema 1");
        row(
            "no HTTP", manifest,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("SSH-2.0-hello\r\n\r\n");
                socket->disconnectFromHost();
            },
            ErrorCode::Unavailable, "broke");
        row("digest of the manifest that is another", manifest,
            always("200 OK", "Docker-Content-Digest: sha256:" + QByteArray(64, '0') + "\r\n", world.manifest),
            ErrorCode::Corrupt, "not the digest");
        row("foreign layer", manifest,
            served(PullWorld::manifestOf(
                world.config, world.layer,
                QStringLiteral("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"))),
            ErrorCode::Corrupt, "foreign layer");
        row("configuration of another machine", world.configPath(), always("404 Not Found"),
            ErrorCode::NotFound, "has no blob");
        row("other bytes", layer, served(OtherLayer), ErrorCode::Corrupt, "damaged");
        row("too few bytes", layer, served(world.layer.left(1000)), ErrorCode::Unavailable, "after 1000 of");
        row("length above the blob's", layer, served(world.layer + "more"), ErrorCode::Corrupt, "announces");
        row("more bytes than the blob has, unannounced", layer, always("200 OK", {}, world.layer + "more"),
            ErrorCode::Corrupt, "more than");
        row(
            "a blob without end", layer,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                FakeRegistry::pour(socket, -1, QByteArray(65536, 'x'));
            },
            ErrorCode::Corrupt, "more than");
        row("length without the bytes", layer, stalled(world.layer, 0), ErrorCode::Timeout,
            "has sent nothing");
        row(
            "headers without end", manifest,
            [](QTcpSocket *socket, const FakeRequest &) {
                socket->write("HTTP/1.1 200 OK\r\n");
                FakeRegistry::pour(socket, -1, "X-Filler: " + QByteArray(1000, 'x') + "\r\n");
            },
            ErrorCode::Timeout, "has sent nothing");
        row("login in an unknown way", manifest,
            always("401 Unauthorized", "WWW-Authenticate: Negotiate\r\n"), ErrorCode::Denied, "negotiate");
        row("login by nothing", manifest, always("401 Unauthorized"), ErrorCode::Denied,
            "a way that Boxgate");
        row("login that nobody has", manifest,
            always("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n"), ErrorCode::Denied,
            "only after a login");
        row("token server that is a file", manifest,
            always("401 Unauthorized", "WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"\r\n"),
            ErrorCode::Protocol, "cannot be used");
    }

    void refuses()
    {
        QFETCH(QByteArray, path);
        QFETCH(FakeRegistry::Handler, handler);
        QFETCH(QString, sentence);
        PullWorld world;
        world.registry.on(path, handler);
        forgetPeak();
        const qint64 before = peakKib();
        const Result<StoredImage> image = world.pull();
        const qint64 grown = peakKib() - before;
        QVERIFY(!image);
        QVERIFY2(image.error().message.contains(sentence), qPrintable(image.error().message));
        QFETCH(ErrorCode, code);
        QVERIFY2(image.error().code == code, qPrintable(toString(image.error().code)));
        QVERIFY2(!image.error().message.contains(u'\n'), qPrintable(image.error().message));
        QVERIFY2(grown < 40 * 1024, QByteArray::number(grown));
        QVERIFY(world.store().list()->isEmpty());
        // The control: the same store, and a registry that has come to its senses.
        world.serveAll();
        const Result<StoredImage> again = world.pull();
        QVERIFY2(again, again ? "" : qPrintable(again.error().message));
        QVERIFY(world.isWhole());
        QVERIFY(world.isClean());
    }

    void goesOn_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<FakeRegistry::Handler>("bad");
        QTest::addColumn<int>("times");
        const PullWorld world;
        const QByteArray layer = world.layerPath();
        QTest::newRow("429") << layer << always("429 Too Many", "Retry-After: 0\r\n") << 2;
        QTest::newRow("503 for the manifest")
            << QByteArray(PullWorld::ManifestPath) << always("503 Busy") << 2;
        QTest::newRow("break in a blob") << layer << reset(world.layer, 2'000'000) << 1;
        QTest::newRow("break in a manifest")
            << QByteArray(PullWorld::ManifestPath) << reset(world.manifest, 100) << 1;
        QTest::newRow("stall in a blob") << layer << stalled(world.layer, 1'000'000) << 1;
        QTest::newRow("range that cannot be satisfied") << layer << always("416 No") << 1;
    }

    void goesOn()
    {
        QFETCH(QByteArray, path);
        QFETCH(FakeRegistry::Handler, bad);
        QFETCH(int, times);
        PullWorld world;
        const QByteArray bytes = path == world.layerPath() ? world.layer : world.manifest;
        const auto serveParts = [bytes](QTcpSocket *socket, const FakeRequest &request) {
            const QByteArray range = request.header("range");
            const qint64 begin = range.mid(6, range.size() - 7).toLongLong();
            const QByteArray size = QByteArray::number(bytes.size());
            const QByteArray part = begin == 0
                ? QByteArray()
                : "Content-Range: bytes " + QByteArray::number(begin) + "-/" + size + "\r\n";
            FakeRegistry::answer(socket, begin == 0 ? "200 OK" : "206 Partial Content",
                                 lengthOf(bytes.size() - begin) + part, bytes.mid(begin));
        };
        world.registry.on(path, first(times, bad, serveParts));
        const Result<StoredImage> image = world.pull();
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QVERIFY(world.isWhole());
        QVERIFY(world.isClean());
        // Qt may ask once more by itself when a connection ends while it is being used.
        QVERIFY(world.registry.requestsFor(path) > times);
    }

    void resumesWithARange()
    {
        PullWorld world;
        world.registry.on(world.layerPath(), reset(world.layer, 2'000'000));
        QVERIFY(!world.pull());
        world.serveAll();
        QVERIFY(world.pull());
        QVERIFY(world.isWhole());
        const QByteArray range = world.registry.requests().last().header("range");
        QVERIFY2(range.startsWith("bytes=") && range.mid(6, range.size() - 7).toLongLong() > 1'000'000,
                 range);
    }

    void goesOnWithoutRanges()
    {
        PullWorld world;
        world.registry.on(world.layerPath(), reset(world.layer, 2'000'000));
        QVERIFY(!world.pull());
        world.registry.on(world.layerPath(), served(world.layer));
        QVERIFY(world.pull());
        QVERIFY(world.isWhole());
    }

    /// What an end without a sync has left may be anything.
    void beginsAnewAfterADamagedPart()
    {
        PullWorld world;
        world.registry.on(world.layerPath(), reset(world.layer, 2'000'000));
        QVERIFY(!world.pull());
        QFile part(world.paths().images() + "/ingest/" + Digest::ofBytes(world.layer).hex() + ".part");
        QVERIFY(part.open(QIODevice::ReadWrite));
        part.write("damage");
        part.close();
        world.serveAll();
        const Result<StoredImage> image = world.pull();
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QVERIFY(world.isWhole());
    }

    void choosesThePlatform()
    {
        PullWorld world;
        const auto entry = [&](const char *architecture, const QByteArray &bytes) {
            QJsonObject object = PullWorld::describe(bytes, mediatype::Manifest).toJson();
            object.insert("platform", QJsonObject{{"architecture", architecture}, {"os", "linux"}});
            return object;
        };
        const QJsonObject index{
            {"schemaVersion", 2},
            {"mediaType", mediatype::Index},
            {"manifests",
             QJsonArray{entry("amd64", world.manifest), entry("s390x", "{}"), entry("unknown", "x")}}};
        const QByteArray json = QJsonDocument(index).toJson();
        world.registry.serve(PullWorld::ManifestPath, json, mediatype::Index.toLatin1());
        world.registry.serve("/v2/app/manifests/" + PullWorld::digestOf(world.manifest), world.manifest,
                             mediatype::Manifest.toLatin1());
        const Result<StoredImage> none = world.pull({}, QStringLiteral("riscv64"));
        QVERIFY(!none);
        QVERIFY(none.error().code == ErrorCode::NotFound);
        QVERIFY2(
            none.error().message.endsWith("is not made for linux/riscv64: there is linux/amd64, linux/s390x"),
            qPrintable(none.error().message));
        const Result<StoredImage> image = world.pull({}, QStringLiteral("amd64"));
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QVERIFY(image->manifest.digest == Digest::ofBytes(world.manifest));
        QVERIFY(image->index == Digest::ofBytes(json));
        QVERIFY(world.store().readBlob(PullWorld::describe(json, mediatype::Index), 1 << 20));
    }

    void refusesOtherMachinesBeforeTheDownload()
    {
        PullWorld world;
        const QByteArray config = PullWorld::configFor("m68k", '"' + PullWorld::digestOf(world.layer) + '"');
        world.registry.serve(PullWorld::ManifestPath,
                             PullWorld::manifestOf(config, world.layer, mediatype::LayerGzip),
                             "application/json");
        world.registry.serve(PullWorld::blobPath(config), config, "application/json");
        const Result<StoredImage> image = world.pull();
        QVERIFY(!image);
        QVERIFY2(image.error().message.endsWith("there is linux/m68k"), qPrintable(image.error().message));
        QCOMPARE(world.registry.requestsFor(world.layerPath()), qsizetype(0));
    }

    void refusesWhatCannotFitBeforeTheDownload()
    {
        PullWorld world;
        BlobDescriptor huge = PullWorld::describe(world.layer, mediatype::LayerGzip);
        huge.size = BlobDescriptor::MaxBlobBytes;
        const ImageManifest manifest{PullWorld::describe(world.config, mediatype::Config),
                                     QList<BlobDescriptor>{huge}};
        world.registry.serve(PullWorld::ManifestPath, manifest.toJson(), "application/json");
        const Result<StoredImage> image = world.pull();
        QVERIFY(!image);
        QVERIFY2(image.error().code == ErrorCode::DiskFull, qPrintable(image.error().message));
        QCOMPARE(world.registry.requests().size(), 1);
    }

    void refusesAnotherNumberOfLayers()
    {
        PullWorld world;
        const QByteArray config = PullWorld::configFor("amd64", {});
        world.registry.serve(PullWorld::ManifestPath,
                             PullWorld::manifestOf(config, world.layer, mediatype::LayerGzip),
                             "application/json");
        world.registry.serve(PullWorld::blobPath(config), config, "application/json");
        const Result<StoredImage> image = world.pull({}, QStringLiteral("amd64"));
        QVERIFY(!image);
        QVERIFY2(image.error().message.contains("1 layers, but 0"), qPrintable(image.error().message));
    }

    void asksTheMirrorFirst()
    {
        PullWorld world;
        FakeRegistry mirror;
        const RegistryEndpoint first{mirror.host(), mirror.host(), RegistryScheme::PlainHttp, {}};
        // It has the manifest and not the layer.
        mirror.serve(PullWorld::ManifestPath, world.manifest, "application/json");
        mirror.serve(world.configPath(), world.config, "application/json");
        const Result<StoredImage> image = world.pull({first, world.endpoint()});
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QCOMPARE(world.registry.requestsFor(PullWorld::ManifestPath), qsizetype(0));
        QCOMPARE(world.registry.requestsFor(world.layerPath()), qsizetype(1));
        QVERIFY(world.isWhole());
    }

    void doesWithoutAMirror()
    {
        PullWorld world;
        const RegistryEndpoint dead{"127.0.0.1:1", "127.0.0.1:1", RegistryScheme::PlainHttp, {}};
        QVERIFY(world.pull({dead, world.endpoint()}));
        const Result<StoredImage> alone = world.pull({dead});
        QVERIFY(!alone);
        QVERIFY2(alone.error().message.contains("does not take connections"),
                 qPrintable(alone.error().message));
    }

    void cancels()
    {
        PullWorld world;
        world.registry.on(world.layerPath(), stalled(world.layer, 1'500'000));
        Pull::Job job{world.ref(), QStringLiteral("amd64"), {world.endpoint()}};
        world.config = PullWorld::configFor("amd64", '"' + PullWorld::digestOf(world.layer) + '"');
        Pull pull(world.store(), CredentialStore(world.paths()), job);
        QObject::connect(&pull, &Pull::progressed, &pull, [&pull] {
            if (pull.progress().done().count() > 1'000'000)
                pull.cancel();
        });
        const Result<StoredImage> image = QCoro::waitFor(pull.run());
        QVERIFY(!image);
        QVERIFY(image.error().code == ErrorCode::Cancelled);
        QVERIFY(!world.isClean()); // it can be gone on with
        world.serveAll();
        QVERIFY(world.pull());
        QVERIFY(world.isWhole());
        QVERIFY(world.isClean());
    }
};

QTEST_GUILESS_MAIN(TestPull)
#include "tst_pull.moc"
