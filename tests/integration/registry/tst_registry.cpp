#include <QTest>

#include "core/image/ociwriter.h"
#include "core/image/sha256.h"
#include "tests/support/distributionregistry.h"
#include "tests/support/fakeregistry.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonDocument>
#include <QRandomGenerator>

#include <csignal>

using namespace boxgate;
using namespace boxgate::test;

namespace {

constexpr int Layers = 8;
constexpr qsizetype LayerBytes = 4 << 20;
constexpr int EndLimitMs = 60'000;

/// An image of layers that no compression makes smaller.
bool makeImage(const QString &directory)
{
    QRandomGenerator random(1);
    OciWriter writer(directory);
    for (int i = 0; i < Layers; ++i) {
        QByteArray contents(LayerBytes, Qt::Uninitialized);
        random.fillRange(reinterpret_cast<quint32 *>(contents.data()), LayerBytes / 4);
        LayerFile file;
        file.path = "data" + QByteArray::number(i);
        file.attributes.type = FileType::Regular;
        file.attributes.mode = 0644;
        file.contents = contents;
        const Result<QByteArray> tar = packTar({file});
        if (!tar || !writer.addLayer(*tar))
            return false;
    }
    ImageConfig config;
    config.architecture = QStringLiteral("amd64");
    config.os = QStringLiteral("linux");
    return writer.finish(config, QStringLiteral("latest")).has_value();
}

QStringList filesIn(const QString &directory)
{
    return QDir(directory).entryList(QDir::Files | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
}

/// The blobs of the store whose bytes are not what their name says.
QStringList damagedBlobs(const RealHome &home)
{
    const QString folder = home.path() + QStringLiteral("/images/blobs/sha256/");
    QStringList damaged;
    for (const QString &name : filesIn(folder)) {
        QFile blob(folder + name);
        Sha256 hash;
        if (blob.open(QIODevice::ReadOnly)) {
            while (!blob.atEnd())
                hash.addData(blob.read(1 << 20));
        }
        if (QString::fromLatin1(hash.result().toHex()) != name)
            damaged.append(name);
    }
    return damaged;
}

bool isIngestEmpty(const RealHome &home)
{
    return filesIn(home.path() + QStringLiteral("/images/ingest")).isEmpty();
}

QByteArray imageNames(const RealHome &home)
{
    QByteArray names;
    for (const QByteArray &line : home.boxgate({"images", "-q"}).out.split('\n')) {
        if (!line.startsWith("builtin/") && !line.isEmpty())
            names += line + '\n';
    }
    return names;
}

} // namespace

class TestRegistry : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<DistributionRegistry> m_open;

    QString app() const { return m_open->host() + QStringLiteral("/some/nested/app:latest"); }

private Q_SLOTS:
    void initTestCase();
    void pullsFromAnOpenRegistry();
    void pullsWithALoginOverTls();
    void findsShortNames();
    void twoAtOnceMakeOne();
    void goesOnAfterAKill();
    void leavesAResumableStateOnCtrlC();
    void asksTheProxy();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
};

void TestRegistry::initTestCase()
{
    qputenv("BOXGATE_KEYCHAIN", "off");
    qputenv("DOCKER_CONFIG", "/nonexistent");
    QCOMPARE(DistributionRegistry::missingPrograms(), QStringList());
    QVERIFY(makeImage(m_folder.filePath("image")));
    m_open = std::make_unique<DistributionRegistry>();
    QVERIFY(!m_open->host().isEmpty());
    QCOMPARE(m_open->add(m_folder.filePath("image"), "latest", "some/nested/app"), QByteArray());
}

void TestRegistry::pullsFromAnOpenRegistry()
{
    const RealHome home;
    const Outcome encrypted = home.boxgate({"pull", app()});
    QVERIFY2(encrypted.exitCode == 125 && encrypted.err.contains("does not speak TLS"), encrypted.toBytes());
    QVERIFY(imageNames(home).isEmpty());
    const Outcome pulled = home.boxgate({"pull", "--plain-http", app()});
    QVERIFY2(pulled.exitCode == 0, pulled.toBytes());
    QCOMPARE(pulled.out, app().toLatin1() + '\n');
    QVERIFY2(pulled.err.contains("9 parts, 32"), pulled.toBytes());
    QVERIFY2(!pulled.err.contains('\r'), pulled.toBytes());
    QCOMPARE(imageNames(home), app().toLatin1() + '\n');
    QCOMPARE(damagedBlobs(home), QStringList());
    QVERIFY(isIngestEmpty(home));
    const Outcome again = home.boxgate({"pull", "--plain-http", "--json", app()});
    QVERIFY2(again.exitCode == 0, again.toBytes());
    const QList<QByteArray> lines = again.out.trimmed().split('\n');
    const QJsonObject end = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(end["event"].toString(), QString("end"));
    QCOMPARE(end["isNew"].toBool(true), false);
    const Outcome byDigest = home.boxgate(
        {"pull", "--plain-http", m_open->host() + "/some/nested/app@" + end["digest"].toString()});
    QVERIFY2(byDigest.exitCode == 0, byDigest.toBytes());
}

void TestRegistry::pullsWithALoginOverTls()
{
    const DistributionRegistry registry(DistributionRegistry::Access::Protected);
    QVERIFY(!registry.host().isEmpty());
    QCOMPARE(registry.add(m_folder.filePath("image"), "latest", "app"), QByteArray());
    const RealHome home;
    const QString name = registry.host() + "/app:latest";
    const QStringList login{"login", "-u", DistributionRegistry::User, "--password-stdin", registry.host()};
    const Outcome untrusted = home.boxgate({"pull", name});
    QVERIFY2(untrusted.exitCode == 125 && untrusted.err.contains("cannot prove who it is"),
             untrusted.toBytes());
    QVERIFY2(untrusted.err.contains("boxgate registry set " + registry.host().toLatin1() + " --ca FILE"),
             untrusted.toBytes());
    const Outcome set = home.boxgate({"registry", "set", registry.host(), "--ca", registry.authority()});
    QVERIFY2(set.exitCode == 0, set.toBytes());
    const Outcome nobody = home.boxgate({"pull", name});
    QVERIFY2(nobody.exitCode == 125 && nobody.err.contains("boxgate login"), nobody.toBytes());
    const Outcome wrong = home.boxgate(login, "not this one\n");
    QVERIFY2(wrong.exitCode == 125 && wrong.err.contains("does not accept"), wrong.toBytes());
    QVERIFY(!QFileInfo::exists(home.path() + "/credentials.json"));
    const Outcome right = home.boxgate(login, QByteArray(DistributionRegistry::Password) + '\n');
    QVERIFY2(right.exitCode == 0, right.toBytes());
    QVERIFY2(right.err.contains("no keychain"), right.toBytes());
    QVERIFY(!(right.out + right.err).contains(DistributionRegistry::Password));
    const auto mode = QFileInfo(home.path() + "/credentials.json").permissions();
    QVERIFY(!(mode & (QFileDevice::ReadGroup | QFileDevice::ReadOther)));
    const Outcome pulled = home.boxgate({"pull", name});
    QVERIFY2(pulled.exitCode == 0, pulled.toBytes());
    QCOMPARE(damagedBlobs(home), QStringList());
    QCOMPARE(home.boxgate({"logout", registry.host()}).exitCode, 0);
    const Outcome after = home.boxgate({"pull", name});
    QVERIFY2(after.exitCode == 125, after.toBytes());
    QCOMPARE(home.boxgate({"logout", registry.host()}).exitCode, 125);
}

void TestRegistry::findsShortNames()
{
    FakeRegistry empty;
    const RealHome home;
    for (const QString &host : {empty.host(), m_open->host()})
        QCOMPARE(home.boxgate({"registry", "set", host, "--plain-http", "yes"}).exitCode, 0);
    QCOMPARE(home.boxgate({"registry", "search", empty.host(), m_open->host()}).exitCode, 0);
    const auto pull = home.start({"pull", "some/nested/app"});
    QTRY_COMPARE_WITH_TIMEOUT(pull->state(), QProcess::NotRunning, EndLimitMs);
    QCOMPARE(pull->readAllStandardOutput(), app().toLatin1() + '\n');
    QCOMPARE(empty.requests().size(), 1);
    const QByteArray listed = home.boxgate({"registry", "ls"}).out;
    QVERIFY2(listed.contains(empty.host().toLatin1()), listed);
}

void TestRegistry::twoAtOnceMakeOne()
{
    const RealHome home;
    const QStringList arguments{"pull", "--plain-http", app()};
    const auto first = home.start(arguments);
    const auto second = home.start(arguments);
    for (QProcess *pull : {first.get(), second.get()}) {
        QVERIFY(pull->waitForFinished(EndLimitMs));
        QVERIFY2(pull->exitCode() == 0, pull->readAllStandardError());
    }
    QCOMPARE(damagedBlobs(home), QStringList());
    QVERIFY(isIngestEmpty(home));
    QCOMPARE(imageNames(home), app().toLatin1() + '\n');
}

void TestRegistry::goesOnAfterAKill()
{
    constexpr int kills = 20;
    const QStringList arguments{"pull", "--plain-http", app()};
    QElapsedTimer whole;
    whole.start();
    {
        const RealHome control;
        const Outcome pulled = control.boxgate(arguments);
        QVERIFY2(pulled.exitCode == 0, pulled.toBytes());
    }
    const int length = int(whole.elapsed());
    const RealHome home;
    int killed = 0;
    for (int i = 0; killed < kills && i < 10 * kills; ++i) {
        // Every time from nothing or from what the last one left, by turns.
        if (i % 3 == 0)
            QDir(home.path() + "/images").removeRecursively();
        const auto pull = home.start(arguments);
        pull->waitForFinished(QRandomGenerator::global()->bounded(5, length));
        killed += pull->state() == QProcess::Running ? 1 : 0;
        pull->kill();
        pull->waitForFinished();
        QCOMPARE(damagedBlobs(home), QStringList());
        const QByteArray names = imageNames(home);
        QVERIFY2(names.isEmpty() || names == app().toLatin1() + '\n', names);
    }
    QCOMPARE(killed, kills);
    const Outcome last = home.boxgate(arguments);
    QVERIFY2(last.exitCode == 0, last.toBytes());
    QCOMPARE(damagedBlobs(home), QStringList());
    QCOMPARE(filesIn(home.path() + "/images/blobs/sha256").size(), Layers + 2);
    QVERIFY(isIngestEmpty(home));
}

void TestRegistry::leavesAResumableStateOnCtrlC()
{
    FakeRegistry registry;
    const QByteArray layer(1 << 20, 'x');
    const auto digest = [](const QByteArray &bytes) { return Digest::ofBytes(bytes).toString().toLatin1(); };
    const QByteArray config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"" + digest(layer) + "\"]}}";
    BlobDescriptor first{mediatype::Config, Digest::ofBytes(config), config.size(), {}, {}, {}};
    BlobDescriptor second{mediatype::LayerGzip, Digest::ofBytes(layer), layer.size(), {}, {}, {}};
    const ImageManifest manifest{first, {second}};
    registry.serve("/v2/app/manifests/latest", manifest.toJson(), "application/json");
    registry.serve("/v2/app/blobs/" + digest(config), config, "application/json");
    const QByteArray path = "/v2/app/blobs/" + digest(layer);
    registry.on(path, [&layer](QTcpSocket *socket, const FakeRequest &) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + layer.left(500'000));
    });
    const RealHome home;
    const QStringList arguments{"pull", "--plain-http", registry.host() + "/app"};
    const auto pull = home.start(arguments);
    const QString part = home.path() + "/images/ingest/" + Digest::ofBytes(layer).hex() + ".part";
    QTRY_COMPARE_WITH_TIMEOUT(QFileInfo(part).size(), qint64(500'000), EndLimitMs);
    ::kill(pid_t(pull->processId()), SIGINT);
    QTRY_COMPARE_WITH_TIMEOUT(pull->state(), QProcess::NotRunning, EndLimitMs);
    const QByteArray said = pull->readAllStandardError();
    QCOMPARE(pull->exitCode(), 130);
    QVERIFY2(said.contains("was interrupted") && said.contains("goes on from there"), said);
    registry.serve(path, layer, "application/octet-stream");
    const auto again = home.start(arguments);
    QTRY_COMPARE_WITH_TIMEOUT(again->state(), QProcess::NotRunning, EndLimitMs);
    QVERIFY2(again->exitCode() == 0, again->readAllStandardError());
    QCOMPARE(registry.requests().last().header("range"), QByteArray("bytes=500000-"));
    QVERIFY(isIngestEmpty(home));
}

void TestRegistry::asksTheProxy()
{
    FakeRegistry proxy;
    const RealHome home;
    qputenv("http_proxy", proxy.url({}));
    const auto pull = home.start({"pull", "--plain-http", "registry.example:5000/app"});
    QTRY_COMPARE_WITH_TIMEOUT(pull->state(), QProcess::NotRunning, EndLimitMs);
    // The control: this machine itself is not asked through it.
    const auto direct = home.start({"pull", "--plain-http", app()});
    QTRY_COMPARE_WITH_TIMEOUT(direct->state(), QProcess::NotRunning, EndLimitMs);
    qunsetenv("http_proxy");
    QCOMPARE(proxy.requests().size(), 1);
    QCOMPARE(proxy.requests().first().path,
             QByteArray("http://registry.example:5000/v2/app/manifests/latest"));
    QVERIFY2(direct->exitCode() == 0, direct->readAllStandardError());
}

void TestRegistry::saysWhatIsWrong_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char *name, const QStringList &arguments, const QByteArray &sentence) {
        QTest::newRow(name) << arguments << sentence;
    };
    row("no such image", {"pull", "--plain-http", m_open->host() + "/none"}, "has no image");
    row("no such tag", {"pull", "--plain-http", m_open->host() + "/some/nested/app:9"}, "has no image");
    row("nothing listens", {"pull", "--plain-http", "127.0.0.1:1/a"}, "does not take connections");
    row("no name", {"pull", "A b"}, "is not an image name");
    row("another system", {"pull", "--platform", "windows/amd64", "a"}, "Boxes run Linux");
    row("no platform", {"pull", "--platform", "a/b/c", "a"}, "is not a platform");
    row("another machine", {"pull", "--plain-http", "--platform", "linux/arm64", app()},
        "is not made for linux/arm64: there is linux/amd64");
    row("run without a pull", {"run", "--pull", "never", app()}, "boxgate pull");
    row("policy that is none", {"run", "--pull", "often", app()}, "--pull");
    row("secret without a user", {"login", "--password-stdin", "a.b"}, "add -u USER");
    row("no registry", {"login", "-u", "a", "--password-stdin", "a b"}, "is not a registry");
    row("mirror that is none", {"registry", "set", "a.b", "--mirror", "x y"}, "is not a registry");
    row("nothing to set", {"registry", "set", "a.b"}, "What is to be set?");
    row("nothing to remove", {"registry", "rm", "a.b"}, "Nothing is set for a.b");
    row("CA that is not there", {"registry", "set", "a.b", "--ca", "/nonexistent"}, "There is no file");
}

void TestRegistry::saysWhatIsWrong()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, sentence);
    const RealHome home;
    const Outcome failed = home.boxgate(arguments, "x\n");
    QCOMPARE(failed.exitCode, 125);
    QVERIFY2(failed.err.contains(sentence), failed.toBytes());
    QVERIFY2(failed.err.trimmed().split('\n').last().contains(sentence), failed.toBytes());
    QVERIFY(imageNames(home).isEmpty());
}

QTEST_GUILESS_MAIN(TestRegistry)
#include "tst_registry.moc"
