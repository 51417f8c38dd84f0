#include "core/model/imageref.h"

#include <QTest>

using namespace boxgate;

class TestImageRef : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("registry");
        QTest::addColumn<QString>("repository");
        QTest::addColumn<QString>("tag");
        QTest::addColumn<QString>("shortest");
        const QString digest = "sha256:" + QString(64, 'a');
        QTest::newRow("short name") << "alpine"
                                    << "docker.io"
                                    << "library/alpine"
                                    << "latest"
                                    << "alpine:latest";
        QTest::newRow("tag") << "alpine:3.20"
                             << "docker.io"
                             << "library/alpine"
                             << "3.20"
                             << "alpine:3.20";
        QTest::newRow("user's image") << "me/tool"
                                      << "docker.io"
                                      << "me/tool"
                                      << "latest"
                                      << "me/tool:latest";
        QTest::newRow("registry by its dot") << "ghcr.io/a/b/c:1"
                                             << "ghcr.io"
                                             << "a/b/c"
                                             << "1"
                                             << "ghcr.io/a/b/c:1";
        QTest::newRow("registry by its port") << "box:5000/a"
                                              << "box:5000"
                                              << "a"
                                              << "latest"
                                              << "box:5000/a:latest";
        QTest::newRow("localhost") << "localhost/a"
                                   << "localhost"
                                   << "a"
                                   << "latest"
                                   << "localhost/a:latest";
        QTest::newRow("builtin") << "builtin/busybox"
                                 << "builtin"
                                 << "busybox"
                                 << "latest"
                                 << "builtin/busybox";
        QTest::newRow("digest") << "alpine@" + digest << "docker.io"
                                << "library/alpine"
                                << ""
                                << "alpine@" + digest;
        QTest::newRow("tag and digest") << "alpine:3@" + digest << "docker.io"
                                        << "library/alpine"
                                        << "3"
                                        << "alpine:3@" + digest;
        QTest::newRow("nested path") << "a.b:1/c/d/e/f:g"
                                     << "a.b:1"
                                     << "c/d/e/f"
                                     << "g"
                                     << "a.b:1/c/d/e/f:g";
        QTest::newRow("IPv6 with a port") << "[::1]:5000/a"
                                          << "[::1]:5000"
                                          << "a"
                                          << "latest"
                                          << "[::1]:5000/a:latest";
        QTest::newRow("IPv6 without a port") << "[fe80::1]/a/b@" + digest << "[fe80::1]"
                                             << "a/b"
                                             << ""
                                             << "[fe80::1]/a/b@" + digest;
        QTest::newRow("host in upper case") << "LocalHost:5000/a"
                                            << "localhost:5000"
                                            << "a"
                                            << "latest"
                                            << "localhost:5000/a:latest";
        QTest::newRow("Docker Hub by its index") << "index.docker.io/alpine"
                                                 << "docker.io"
                                                 << "library/alpine"
                                                 << "latest"
                                                 << "alpine:latest";
        QTest::newRow("Docker Hub by its host") << "registry-1.docker.io/me/tool:1"
                                                << "docker.io"
                                                << "me/tool"
                                                << "1"
                                                << "me/tool:1";
        QTest::newRow("folder of Docker Hub that looks like a registry") << "docker.io/localhost/a"
                                                                         << "docker.io"
                                                                         << "localhost/a"
                                                                         << "latest"
                                                                         << "docker.io/localhost/a:latest";
        QTest::newRow("nested in Docker Hub's library") << "docker.io/library/a/b"
                                                        << "docker.io"
                                                        << "library/a/b"
                                                        << "latest"
                                                        << "library/a/b:latest";
        QTest::newRow("separators") << "a.b/c__d/e-f"
                                    << "a.b"
                                    << "c__d/e-f"
                                    << "latest"
                                    << "a.b/c__d/e-f:latest";
    }

    void parses()
    {
        QFETCH(QString, text);
        const auto ref = ImageRef::parse(text);
        QVERIFY2(ref, ref ? "" : qPrintable(ref.error().message));
        QTEST(ref->registry, "registry");
        QTEST(ref->repository, "repository");
        QTEST(ref->tag, "tag");
        QTEST(ref->toString(), "shortest");
        QVERIFY(*ImageRef::parse(ref->toString()) == *ref);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("upper case") << "Alpine";
        QTest::newRow("path upwards") << "../../etc/passwd";
        QTest::newRow("absolute path") << "/etc/passwd";
        QTest::newRow("empty part") << "a//b";
        QTest::newRow("trailing slash") << "a/";
        QTest::newRow("empty tag") << "a:";
        QTest::newRow("tag with a slash") << "a:b/c";
        QTest::newRow("short digest") << "a@sha256:abc";
        QTest::newRow("unknown digest") << "a@md5:" + QString(32, 'a');
        QTest::newRow("space") << "a b";
        QTest::newRow("newline at the end") << "alpine\n";
        QTest::newRow("option") << "--rm";
        QTest::newRow("port of five digits that is none") << "a.b:65536/c";
        QTest::newRow("port zero") << "a.b:0/c";
        QTest::newRow("port of letters") << "a.b:x/c";
        QTest::newRow("host with an empty label") << "a..b/c";
        QTest::newRow("host that begins with a dash") << "-a.b/c";
        QTest::newRow("IPv6 without brackets") << "::1/a";
        QTest::newRow("IPv6 with a zone") << "[fe80::1%eth0]/a";
        QTest::newRow("user in the host") << "me@a.b/c";
        QTest::newRow("URL") << "https://a.b/c";
        QTest::newRow("path above 255 characters") << "a.b/" + QString(256, 'c');
        QTest::newRow("too long") << QString(600, 'a');
    }

    void refuses()
    {
        QFETCH(QString, text);
        const auto ref = ImageRef::parse(text);
        QVERIFY(!ref);
        QVERIFY(ref.error().code == ErrorCode::InvalidArgument);
    }
};

QTEST_GUILESS_MAIN(TestImageRef)
#include "tst_imageref.moc"
