#include <QTest>

#include "core/image/registry/login.h"
#include "tests/core/image/registry/pullworld.h"

#include <QDir>
#include <QFileInfo>

using namespace boxgate;
using namespace boxgate::test;

namespace {

/// "me:secret" as HTTP carries it.
const QByteArray BasicHeader = "Basic " + QByteArray("me:secret").toBase64();

/// Gives out what it serves only to a bearer of its token, as large registries do.
struct TokenWorld : PullWorld
{
    FakeRegistry tokens;
    QByteArray answer = "{\"token\":\"good\"}";
    QByteArray status = "200 OK";

    TokenWorld()
    {
        registry.serve("/v2/", "{}", "application/json");
        for (const QByteArray &path :
             {QByteArray(ManifestPath), configPath(), layerPath(), QByteArray("/v2/")}) {
            const QByteArray bytes = path == layerPath() ? layer : path == configPath() ? config : manifest;
            registry.on(path, [this, bytes](QTcpSocket *socket, const FakeRequest &request) {
                if (request.header("authorization") != "Bearer good") {
                    // It would like to be able to push to another's repository, too.
                    FakeRegistry::answer(
                        socket, "401 Unauthorized",
                        "WWW-Authenticate: Bearer realm=\"" + tokens.url("/token")
                            + "\",service=\"the service\",scope=\"repository:other:push\"\r\n",
                        {});
                    return;
                }
                FakeRegistry::answer(socket, "200 OK",
                                     "Content-Length: " + QByteArray::number(bytes.size()) + "\r\n", bytes);
            });
        }
        tokens.on("/token", [this](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, status, {}, answer);
        });
    }

    void logIn() const
    {
        const Credentials login{"me", "secret", Credentials::Kind::Password};
        const auto place = QCoro::waitFor(CredentialStore(paths()).put(registry.host(), login));
        QVERIFY(place);
        QVERIFY(*place == CredentialPlace::File);
    }
};

} // namespace

/// Who is told the login, and where it is kept.
class TestRegistryLogin : public QObject
{
    Q_OBJECT

    QTemporaryDir m_docker;

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("BOXGATE_KEYCHAIN", "off");
        qputenv("DOCKER_CONFIG", QFile::encodeName(m_docker.path()));
    }

    void cleanup() { QFile::remove(m_docker.filePath("config.json")); }

    void asksForATokenOfThisRepositoryAlone()
    {
        TokenWorld world;
        const Result<StoredImage> image = world.pull();
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QCOMPARE(world.tokens.requests().size(), 1); // one token for all blobs
        const FakeRequest asked = world.tokens.requests().first();
        QCOMPARE(asked.path, QByteArray("/token?service=the%20service&scope=repository%3Aapp%3Apull"));
        QCOMPARE(asked.header("authorization"), QByteArray());
    }

    void givesTheLoginToTheTokenServerAlone()
    {
        TokenWorld world;
        world.logIn();
        QVERIFY(world.pull());
        QCOMPARE(world.tokens.requests().first().header("authorization"), BasicHeader);
        for (const FakeRequest &request : world.registry.requests())
            QVERIFY(!request.header("authorization").startsWith("Basic"));
    }

    void sendsAnIdentityTokenInAForm()
    {
        QFile config(m_docker.filePath("config.json"));
        TokenWorld world;
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("{\"auths\":{\"" + world.registry.host().toLatin1()
                     + "\":{\"identitytoken\":\"id+1\"}}}");
        config.close();
        QVERIFY(world.pull());
        const FakeRequest asked = world.tokens.requests().first();
        QCOMPARE(asked.method, QByteArray("POST"));
        QVERIFY2(asked.body.contains("grant_type=refresh_token"), asked.body);
        QVERIFY2(asked.body.contains("refresh_token=id%2B1"), asked.body);
        QCOMPARE(asked.header("authorization"), QByteArray());
    }

    void refusesTokenServersThatLie_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no token") << QByteArray("200 OK") << QByteArray("{}") << "holds no token";
        QTest::newRow("no JSON") << QByteArray("200 OK") << QByteArray("<html>") << "holds no token";
        QTest::newRow("a header in the token")
            << QByteArray("200 OK") << QByteArray("{\"token\":\"a\\r\\nX-Evil: 1\"}") << "holds no token";
        QTest::newRow("a token of a megabyte")
            << QByteArray("200 OK") << "{\"token\":\"" + QByteArray(1 << 20, 'a') + "\"}"
            << "a document of more than";
        QTest::newRow("a token that is not accepted")
            << QByteArray("200 OK") << QByteArray("{\"token\":\"bad\"}") << "does not give out";
        QTest::newRow("refused") << QByteArray("401 Unauthorized") << QByteArray()
                                 << "does not accept the login of me";
        QTest::newRow("out of order") << QByteArray("500 Oops") << QByteArray() << "is out of order";
    }

    void refusesTokenServersThatLie()
    {
        QFETCH(QByteArray, status);
        QFETCH(QByteArray, answer);
        QFETCH(QString, sentence);
        TokenWorld world;
        world.logIn();
        world.status = status;
        world.answer = answer;
        const Result<StoredImage> image = world.pull();
        QVERIFY(!image);
        QVERIFY2(image.error().message.contains(sentence), qPrintable(image.error().message));
        QVERIFY(!image.error().message.contains("secret"));
        world.status = "200 OK";
        world.answer = "{\"access_token\":\"good\"}";
        QVERIFY(world.pull());
    }

    void sendsNoLoginAfterARedirect()
    {
        PullWorld world;
        FakeRegistry elsewhere;
        elsewhere.serve("/blob", world.layer, "application/octet-stream");
        const auto withBasic = [&](const QByteArray &path, const FakeRegistry::Handler &good) {
            world.registry.on(path, [good](QTcpSocket *socket, const FakeRequest &request) {
                if (request.header("authorization") == BasicHeader)
                    good(socket, request);
                else
                    FakeRegistry::answer(socket, "401 Unauthorized",
                                         "WWW-Authenticate: Basic realm=\"r\"\r\n", {});
            });
        };
        withBasic(PullWorld::ManifestPath, [&world](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, "200 OK", {}, world.manifest);
        });
        withBasic(world.layerPath(), [&elsewhere](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, "307 Temporary Redirect",
                                 "Location: " + elsewhere.url("/blob") + "\r\n", {});
        });
        const Credentials login{"me", "secret", Credentials::Kind::Password};
        QVERIFY(QCoro::waitFor(CredentialStore(world.paths()).put(world.registry.host(), login)));
        const Result<StoredImage> image = world.pull();
        QVERIFY2(image, image ? "" : qPrintable(image.error().message));
        QVERIFY(world.isWhole());
        QCOMPARE(elsewhere.requests().size(), 1);
        QCOMPARE(elsewhere.requests().first().header("authorization"), QByteArray());
    }

    /// A server that blobs are redirected to is not the registry: it may not ask who the user is.
    void answersNoQuestionAfterARedirect()
    {
        TokenWorld world;
        world.logIn();
        FakeRegistry elsewhere;
        elsewhere.on("/blob", [](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", {});
        });
        world.registry.on(world.layerPath(), [&elsewhere](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, "307 Temporary Redirect",
                                 "Location: " + elsewhere.url("/blob") + "\r\n", {});
        });
        QVERIFY(!world.pull());
        for (const FakeRequest &request : elsewhere.requests())
            QCOMPARE(request.header("authorization"), QByteArray());
    }

    void checksALoginBeforeItIsKept()
    {
        TokenWorld world;
        const RegistryLimits limits;
        const Credentials login{"me", "secret", Credentials::Kind::Password};
        const Result<void> good = QCoro::waitFor(checkLogin(world.endpoint(), login, limits));
        QVERIFY2(good, good ? "" : qPrintable(good.error().message));
        world.status = "401 Unauthorized";
        const Result<void> bad = QCoro::waitFor(checkLogin(world.endpoint(), login, limits));
        QVERIFY(!bad);
        QVERIFY(bad.error().code == ErrorCode::Denied);
        world.registry.on("/v2/", [](QTcpSocket *socket, const FakeRequest &) {
            FakeRegistry::answer(socket, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", "no");
        });
        const Result<void> basic = QCoro::waitFor(checkLogin(world.endpoint(), login, limits));
        QVERIFY(!basic);
        QVERIFY2(basic.error().message.contains("does not accept"), qPrintable(basic.error().message));
        world.registry.serve("/v2/", "{}", "application/json");
        const Result<void> open = QCoro::waitFor(checkLogin(world.endpoint(), login, limits));
        QVERIFY(!open);
        QVERIFY2(open.error().message.contains("asks nobody"), qPrintable(open.error().message));
    }

    void keepsLoginsInAFileForTheUserAlone()
    {
        const PullWorld world;
        const CredentialStore store(world.paths());
        const Credentials login{"me", "se:cret", Credentials::Kind::Password};
        QVERIFY(!QCoro::waitFor(store.find("box:5000"))->has_value());
        QVERIFY(QCoro::waitFor(store.put("box:5000", login)));
        const auto mode = QFileInfo(world.paths().credentials()).permissions();
        QVERIFY(!(mode & (QFileDevice::ReadGroup | QFileDevice::ReadOther | QFileDevice::WriteGroup)));
        QVERIFY(**QCoro::waitFor(store.find("box:5000")) == login);
        QVERIFY(!QCoro::waitFor(store.find("box:5001"))->has_value());
        QVERIFY(QCoro::waitFor(store.remove("box:5000")));
        QVERIFY(!QCoro::waitFor(store.find("box:5000"))->has_value());
        const Result<void> again = QCoro::waitFor(store.remove("box:5000"));
        QVERIFY(again.error().code == ErrorCode::NotFound);
    }

    void asksDockersHelpers()
    {
        const PullWorld world;
        const QTemporaryDir programs;
        QFile helper(programs.filePath("docker-credential-test"));
        QVERIFY(helper.open(QIODevice::WriteOnly));
        helper.write("#!/bin/sh\nread server\n[ \"$1 $server\" = 'get box:5000' ] || exit 1\n"
                     "echo '{\"ServerURL\":\"box:5000\",\"Username\":\"me\",\"Secret\":\"kept\"}'\n");
        helper.close();
        helper.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
        const QByteArray path = qgetenv("PATH");
        qputenv("PATH", QFile::encodeName(programs.path()) + ':' + path);
        QFile config(m_docker.filePath("config.json"));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("{\"credsStore\":\"test\",\"credHelpers\":{\"other:1\":\"missing\",\"evil:1\":\"../../"
                     "bin/sh\"}}");
        config.close();
        const CredentialStore store(world.paths());
        const auto login = QCoro::waitFor(store.find("box:5000"));
        const auto unknown = QCoro::waitFor(store.find("third:1"));
        const auto missing = QCoro::waitFor(store.find("other:1"));
        qputenv("PATH", path);
        QVERIFY(login && login->has_value());
        QCOMPARE((*login)->secret, QString("kept"));
        QVERIFY(unknown && !unknown->has_value());
        QVERIFY(missing && !missing->has_value());
    }
};

QTEST_GUILESS_MAIN(TestRegistryLogin)
#include "tst_registrylogin.moc"
