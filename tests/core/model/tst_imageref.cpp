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
