#include <QTest>

#include "tests/support/distributionregistry.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QFile>

#include <unistd.h>

using namespace boxgate::test;

/// Images of the distribution, from its registry, in boxes: what people expect of an image works there.
class TestImages : public QObject
{
    Q_OBJECT

    static constexpr std::chrono::minutes Limit{10};

    QString m_layout;
    std::unique_ptr<DistributionRegistry> m_registry;
    std::unique_ptr<DistributionRegistry> m_protected;
    std::unique_ptr<RealHome> m_home;

    QString name(const char *tag) const
    {
        return m_registry->host() + QStringLiteral("/test/images:") + QLatin1String(tag);
    }

    /// Runs a shell's script in a box of the image.
    Outcome inBox(const char *tag, const QString &script, const QStringList &options = {}) const
    {
        return m_home->boxgate(QStringList{"run", "--rm"} + options
                                   + QStringList{name(tag), "--", "sh", "-ec", script},
                               {}, Limit);
    }

    void pull(const char *tag) const
    {
        const Outcome pulled = m_home->boxgate({"pull", "--plain-http", name(tag)}, {}, Limit);
        QVERIFY2(pulled.exitCode == 0, pulled.toBytes());
    }

private Q_SLOTS:
    void initTestCase();
    void pulledOnceAndRun_data();
    void pulledOnceAndRun();
    void pulledFromAProtectedRegistryAndRun_data() { pulledOnceAndRun_data(); }
    void pulledFromAProtectedRegistryAndRun();
    void aLayerThatIsThereIsNotFetchedAgain();
    void aptInstallsFromThroughTheGate();
    void aContainerEngineRunsAContainer();
};

void TestImages::initTestCase()
{
    if (::geteuid() != 0)
        QSKIP("only root can make the images");
    QCOMPARE(DistributionRegistry::missingPrograms(), QStringList());
    QProcess recipe;
    recipe.start(QStringLiteral(BOXGATE_SOURCE_DIR "/tests/support/images"), QStringList());
    QVERIFY(recipe.waitForFinished(-1));
    QVERIFY2(recipe.exitCode() == 0, recipe.readAllStandardError());
    m_layout = QString::fromUtf8(recipe.readAllStandardOutput().trimmed());
    m_registry = std::make_unique<DistributionRegistry>();
    QVERIFY(!m_registry->host().isEmpty());
    m_protected = std::make_unique<DistributionRegistry>(DistributionRegistry::Access::Protected);
    QVERIFY(!m_protected->host().isEmpty());
    m_home = std::make_unique<RealHome>();
    for (const QString tag : {"debian", "python", "layers", "engine"}) {
        for (const DistributionRegistry *const registry : {m_registry.get(), m_protected.get()})
            QCOMPARE(registry->add(m_layout, tag, QStringLiteral("test/images")), QByteArray());
    }
}

void TestImages::pulledOnceAndRun_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("debian") << "id -u; . /etc/os-release; echo $VERSION_CODENAME"
                            << QByteArray("0\nbookworm\n");
    QTest::newRow("python") << "python3 -c 'import json, ssl, sqlite3; print(json.dumps(sum(range(1000))))'"
                            << QByteArray("499500\n");
    QTest::newRow("layers")
        << "cat /srv/data/numbers | wc -l; ls /srv/data; cat /srv/data/deep/symbolic | head -n 1"
        << QByteArray("1977\ndeep\nnumbers\n24\n");
}

void TestImages::pulledOnceAndRun()
{
    QFETCH(QString, script);
    QFETCH(QByteArray, answer);
    const char *const tag = QTest::currentDataTag();
    const Outcome before = m_home->boxgate({"run", "--rm", "--pull", "never", name(tag), "true"});
    QVERIFY2(before.exitCode == 125 && before.err.contains("boxgate pull"), before.toBytes());
    pull(tag);
    const Outcome ran = inBox(tag, script);
    QVERIFY2(ran.exitCode == 0, ran.toBytes());
    QCOMPARE(ran.out, answer);
}

/// TLS by an authority of the test's own and basic authentication, each refused until it is set up.
void TestImages::pulledFromAProtectedRegistryAndRun()
{
    QFETCH(QString, script);
    QFETCH(QByteArray, answer);
    const RealHome home; // nothing is there yet
    const QString host = m_protected->host();
    const QString image = host + QStringLiteral("/test/images:") + QLatin1String(QTest::currentDataTag());
    const Outcome stranger = home.boxgate({"pull", image}, {}, Limit);
    QVERIFY2(stranger.exitCode != 0 && stranger.err.contains("certificate"), stranger.toBytes());
    QCOMPARE(home.boxgate({"registry", "set", host, "--ca", m_protected->authority()}).exitCode, 0);
    const Outcome nobody = home.boxgate({"pull", image}, {}, Limit);
    QVERIFY2(nobody.exitCode != 0 && nobody.err.contains("boxgate login"), nobody.toBytes());
    const Outcome login = home.boxgate({"login", "-u", DistributionRegistry::User, "--password-stdin", host},
                                       DistributionRegistry::Password);
    QVERIFY2(login.exitCode == 0, login.toBytes());
    const Outcome ran = home.boxgate({"run", "--rm", image, "--", "sh", "-ec", script}, {}, Limit);
    QVERIFY2(ran.exitCode == 0, ran.toBytes());
    QCOMPARE(ran.out, answer);
}

void TestImages::aLayerThatIsThereIsNotFetchedAgain()
{
    const Outcome again = m_home->boxgate({"pull", "--plain-http", "--json", name("python")}, {}, Limit);
    QVERIFY2(again.exitCode == 0, again.toBytes());
    const QDir ingest(m_home->path() + QStringLiteral("/images/ingest"));
    QCOMPARE(ingest.entryList({QStringLiteral("*.part")}), QStringList());
}

/// A package made here, served on the host's loopback, installed in the box through the gate.
void TestImages::aptInstallsFromThroughTheGate()
{
    const QTemporaryDir folder;
    QProcess maker;
    maker.setWorkingDirectory(folder.path());
    maker.start(QStringLiteral("sh"), {"-ec", R"sh(
mkdir -p hello/DEBIAN hello/usr/bin repo
printf 'Package: hello-gate\nVersion: 1.0\nArchitecture: all\nMaintainer: Test <test@example.test>\nDescription: test\n' >hello/DEBIAN/control
printf '#!/bin/sh\necho hello from a package\n' >hello/usr/bin/hello-gate
chmod 755 hello/usr/bin/hello-gate
dpkg-deb --root-owner-group --build hello repo/hello-gate.deb >/dev/null
cd repo
dpkg-scanpackages . >Packages 2>/dev/null)sh"});
    QVERIFY(maker.waitForFinished(-1));
    QVERIFY2(maker.exitCode() == 0, maker.readAllStandardError());

    QProcess server;
    server.setWorkingDirectory(folder.filePath(QStringLiteral("repo")));
    server.start(QStringLiteral("python3"), {"-u", "-c", R"sh(
import http.server
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(server.server_port)
server.serve_forever())sh"});
    QVERIFY(server.waitForReadyRead(15'000));
    const QString port = QString::fromLatin1(server.readLine().trimmed());

    const QString script =
        QStringLiteral("rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list\n"
                       "echo 'deb [trusted=yes] http://host.boxlite.internal:%1 ./' >/etc/apt/sources.list\n"
                       "apt-get update >&2; apt-get install -y hello-gate >&2; hello-gate")
            .arg(port);
    const Outcome installed = inBox("debian", script);
    // The control: without the host's loopback nothing is there to install.
    const Outcome closed = inBox("debian", script, {"--host-loopback", "off"});
    server.kill();
    server.waitForFinished();
    QVERIFY2(installed.exitCode == 0, installed.toBytes());
    QCOMPARE(installed.out, QByteArray("hello from a package\n"));
    QVERIFY2(closed.exitCode != 0 && closed.out.isEmpty(), closed.toBytes());
}

void TestImages::aContainerEngineRunsAContainer()
{
    pull("engine");
    const Outcome ran = inBox("engine",
                              R"sh(
mkdir -p /c/bin /c/lib64 /c/lib/x86_64-linux-gnu /c/proc /c/dev /c/sys
cp /bin/sh /bin/hostname /bin/cat /c/bin/
cp -L /lib64/ld-linux-x86-64.so.2 /c/lib64/
cp -L /lib/x86_64-linux-gnu/libc.so.6 /c/lib/x86_64-linux-gnu/
podman run --rm --hostname inner --memory 64m --rootfs /c /bin/sh -c 'echo "$$ in $(/bin/hostname)"')sh",
                              {"--memory", "1024"});
    QVERIFY2(ran.exitCode == 0, ran.toBytes());
    QCOMPARE(ran.out, QByteArray("1 in inner\n"));
}

QTEST_GUILESS_MAIN(TestImages)
#include "tst_images.moc"
