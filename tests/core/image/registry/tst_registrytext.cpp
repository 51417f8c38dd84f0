#include <QTest>

#include "core/image/registry/authchallenge.h"
#include "core/image/registry/blobdownload.h"
#include "core/image/registry/dockerconfig.h"
#include "core/image/registry/pullprogress.h"
#include "core/image/registry/registrysettings.h"

#include <QTemporaryDir>

using namespace boxgate;

namespace {

/// JSON with ' for "; raw strings are too much for moc.
QByteArray json(const char *text) { return QByteArray(text).replace('\'', '"'); }

} // namespace

/// What registries and users write, read without a network.
class TestRegistryText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsChallenges_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QString>("read"); ///< scheme:name=value,...;scheme
        const auto row = [](const char *name, const QByteArray &header, const char *read) {
            QTest::newRow(name) << header << QString(read);
        };
        row("bearer", "Bearer realm=\"https://a/t\",service=\"s\"", "bearer:realm=https://a/t,service=s");
        row("blanks around", "Bearer  realm = \"a\" , service=b", "bearer:realm=a,service=b");
        row("commas and quotes in a value", "Bearer scope=\"a:b:pull,push\", x=\"q\\\"q\"",
            "bearer:scope=a:b:pull,push,x=q\"q");
        row("two in one header", "Basic realm=\"r\", Bearer realm=\"t\"", "basic:realm=r;bearer:realm=t");
        row("two joined by a line feed", "Negotiate\nBasic realm=r", "negotiate:;basic:realm=r");
        row("upper case", "BEARER REALM=\"a\"", "bearer:realm=a");
        row("no parameters", "Negotiate", "negotiate:");
        row("empty", "", "");
        row("nothing but commas", ", ,,", "");
        row("a quote that does not end", "Bearer realm=\"a", "bearer:");
        row("a control character", QByteArray("Basic realm=a\0Bearer", 20), "basic:realm=a");
        row("too long", "Bearer realm=\"" + QByteArray(20'000, 'a') + '"', "");
    }

    void readsChallenges()
    {
        QFETCH(QByteArray, header);
        QStringList all;
        for (const AuthChallenge &challenge : parseAuthChallenges(header)) {
            QStringList parameters;
            for (auto it = challenge.parameters.begin(); it != challenge.parameters.end(); ++it)
                parameters.append(it.key() + '=' + it.value());
            parameters.sort();
            all.append(challenge.scheme + ':' + parameters.join(','));
        }
        QTEST(all.join(';'), "read");
    }

    void refusesSettings_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no JSON") << QByteArray("x") << "not a JSON object";
        QTest::newRow("unknown field") << json("{'mirors':[]}") << "mirors";
        QTest::newRow("unknown field of a registry")
            << json("{'registries':{'a.b':{'plainHttps':true}}}") << "registries.a.b.plainHttps";
        QTest::newRow("wrong type") << json("{'registries':{'a.b':{'plainHttp':'yes'}}}")
                                    << "registries.a.b.plainHttp";
        QTest::newRow("no registry") << json("{'registries':{'a b':{}}}") << "registries.a b";
        QTest::newRow("mirror that is none")
            << json("{'registries':{'a.b':{'mirrors':['https://x']}}}") << "registries.a.b.mirrors";
        QTest::newRow("relative CA") << json("{'registries':{'a.b':{'caFile':'x'}}}") << "absolute";
        QTest::newRow("search that is none") << json("{'search':['a/b']}") << "search";
        QTest::newRow("too many to search")
            << json("{'search':['a','a','a','a','a','a','a','a','a']}") << "8 at most";
    }

    void refusesSettings()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, sentence);
        const Result<RegistrySettings> settings = RegistrySettings::parse(text);
        QVERIFY(!settings);
        QVERIFY2(settings.error().message.contains(sentence), qPrintable(settings.error().message));
    }

    void keepsSettings()
    {
        const QByteArray text = json(
            "{'search': ['box:5000', 'index.docker.io'], 'registries': { "
            "'docker.io': {'mirrors': ['box:5000']}, 'box:5000': {'plainHttp': true, 'caFile': '/ca.pem'}}}");
        const Result<RegistrySettings> settings = RegistrySettings::parse(text);
        QVERIFY2(settings, settings ? "" : qPrintable(settings.error().message));
        const QTemporaryDir folder;
        QVERIFY(settings->save(folder.filePath("r.json")));
        QVERIFY(*RegistrySettings::load(folder.filePath("r.json")) == *settings);
        QVERIFY(*RegistrySettings::load(folder.filePath("none.json")) == RegistrySettings());
        const QList<RegistryEndpoint> hub = settings->endpoints("docker.io");
        QCOMPARE(hub.size(), 2);
        QVERIFY(hub[0] == (RegistryEndpoint{"box:5000", "box:5000", RegistryScheme::PlainHttp, "/ca.pem"}));
        QVERIFY(hub[1] == (RegistryEndpoint{"docker.io", "registry-1.docker.io", RegistryScheme::Https, {}}));
    }

    void searchesShortNames_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("found");
        QTest::newRow("short") << "alpine:3"
                               << "box:5000/alpine:3 alpine:3";
        QTest::newRow("folder") << "me/tool"
                                << "box:5000/me/tool:latest me/tool:latest";
        QTest::newRow("with a registry") << "ghcr.io/a"
                                         << "ghcr.io/a:latest";
        QTest::newRow("Docker Hub by its name") << "docker.io/a"
                                                << "a:latest";
        QTest::newRow("builtin") << "builtin/busybox"
                                 << "builtin/busybox";
    }

    void searchesShortNames()
    {
        QFETCH(QString, text);
        RegistrySettings settings;
        settings.search = {"box:5000", "docker.io"};
        QStringList found;
        const Result<QList<ImageRef>> candidates = settings.candidates(text);
        QVERIFY(candidates);
        for (const ImageRef &ref : *candidates)
            found.append(ref.toString());
        QTEST(found.join(' '), "found");
    }

    void readsDockersConfig()
    {
        const QByteArray text =
            json("{'auths': { "
                 "'https://index.docker.io/v1/': {'auth': 'bWU6c2U6Y3JldA=='}, "
                 "'box:5000': {'identitytoken': 'id'}, 'plain': {'username': 'u', 'password': 'p'}, "
                 "'broken': {'auth': '%%%'}, 'empty': {}}, "
                 "'credHelpers': {'gcr.io': 'gcloud', 'evil.io': '../x'}, 'credsStore': 'secretservice', "
                 "'other': 1}");
        const Result<DockerConfig> config = DockerConfig::parse(text);
        QVERIFY(config);
        QCOMPARE(config->logins.size(), 3);
        QVERIFY(config->logins.value("docker.io")
                == (Credentials{"me", "se:cret", Credentials::Kind::Password}));
        QVERIFY(config->logins.value("box:5000").kind == Credentials::Kind::IdentityToken);
        QCOMPARE(config->helperFor("gcr.io"), QString("gcloud"));
        QCOMPARE(config->helperFor("evil.io"), QString("secretservice"));
        QVERIFY(DockerConfig::parse(config->toJson())->logins == config->logins);
        QVERIFY(!DockerConfig::parse("[]"));
    }

    void readsRetryAfter_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<qint64>("milliseconds"); ///< -1: none
        QTest::newRow("seconds") << QByteArray("120") << qint64(120'000);
        QTest::newRow("date") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << qint64(7'000);
        QTest::newRow("date that has passed") << QByteArray("Sun, 06 Nov 1994 08:00:00 GMT") << qint64(0);
        QTest::newRow("for ever") << QByteArray("99999999999999") << qint64(31'536'000'000);
        QTest::newRow("negative") << QByteArray("-1") << qint64(-1);
        QTest::newRow("words") << QByteArray("soon") << qint64(-1);
        QTest::newRow("empty") << QByteArray() << qint64(-1);
    }

    void readsRetryAfter()
    {
        QFETCH(QByteArray, value);
        const QDateTime now(QDate(1994, 11, 6), QTime(8, 49, 30), Qt::UTC);
        const auto delay = parseRetryAfter(value, now);
        QTEST(delay ? qint64(delay->count()) : qint64(-1), "milliseconds");
    }

    void givesUpInTheEnd()
    {
        using std::chrono::milliseconds;
        RetryPolicy policy;
        policy.attempts = 4;
        policy.first = milliseconds(100);
        policy.longest = milliseconds(1000);
        const Error passing{ErrorCode::Unavailable, {}, {}};
        const Error lasting{ErrorCode::Denied, {}, {}};
        QVERIFY(policy.delayAfter(1, passing, {}) == std::optional(milliseconds(100)));
        QVERIFY(policy.delayAfter(3, passing, {}) == std::optional(milliseconds(400)));
        QVERIFY(!policy.delayAfter(4, passing, {}));
        QVERIFY(!policy.delayAfter(1, lasting, {}));
        QVERIFY(policy.delayAfter(1, passing, milliseconds(700)) == std::optional(milliseconds(700)));
        QVERIFY(!policy.delayAfter(1, passing, milliseconds(1001)));
    }

    void followsRedirects_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QByteArray>("location");
        QTest::addColumn<QString>("to"); ///< empty: refused
        QTest::newRow("absolute") << "http://a/x" << QByteArray("https://b/y?z") << "https://b/y?z";
        QTest::newRow("path") << "https://a:1/x" << QByteArray("/y") << "https://a:1/y";
        QTest::newRow("user in it") << "https://a/x" << QByteArray("https://me:pw@b/y") << "https://b/y";
        QTest::newRow("to plain HTTP") << "https://a/x" << QByteArray("http://a/x") << "";
        QTest::newRow("to a file") << "http://a/x" << QByteArray("file:///etc/passwd") << "";
        QTest::newRow("nowhere") << "http://a/x" << QByteArray() << "";
        QTest::newRow("no URL") << "http://a/x" << QByteArray("http://[") << "";
    }

    void followsRedirects()
    {
        QFETCH(QString, from);
        QFETCH(QByteArray, location);
        const Result<QUrl> target = redirectTarget(QUrl(from), location);
        QTEST(target ? target->toString() : QString(), "to");
    }

    void readsContentRange()
    {
        QCOMPARE(contentRangeBegin("bytes 100-199/200"), 100);
        QCOMPARE(contentRangeBegin("bytes 0-0/*"), 0);
        QCOMPARE(contentRangeBegin("bytes */200"), -1);
        QCOMPARE(contentRangeBegin("bytes -5-9/10"), -1);
        QCOMPARE(contentRangeBegin(""), -1);
    }

    void measuresTheRate()
    {
        RateMeter meter;
        const RateMeter::Clock::time_point begin{};
        QCOMPARE(meter.rate(begin), 0.0);
        for (int second = 0; second < 20; ++second)
            meter.add(1000, begin + std::chrono::seconds(second));
        QVERIFY(qAbs(meter.rate(begin + std::chrono::seconds(19)) - 1200) < 1); // both ends of the window
        QCOMPARE(meter.rate(begin + std::chrono::seconds(60)), 0.0);
    }
};

QTEST_GUILESS_MAIN(TestRegistryText)
#include "tst_registrytext.moc"
