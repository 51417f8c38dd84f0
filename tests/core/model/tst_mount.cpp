#include "core/model/mount.h"

#include <QTest>

using namespace boxgate;

class TestMount : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("canonical");
        QTest::newRow("writable") << "/a:/b"
                                  << "/a:/b";
        QTest::newRow("writable said") << "/a:/b:rw"
                                       << "/a:/b";
        QTest::newRow("read-only") << "/a:/b:ro"
                                   << "/a:/b:ro";
        QTest::newRow("cleaned") << "/a/../c/:/b//d"
                                 << "/c:/b/d";
        QTest::newRow("relative host path") << "a:/b"
                                            << "";
        QTest::newRow("relative guest path") << "/a:b"
                                             << "";
        QTest::newRow("no guest path") << "/a"
                                       << "";
        QTest::newRow("unknown mode") << "/a:/b:rx"
                                      << "";
        QTest::newRow("too many parts") << "/a:/b:ro:z"
                                        << "";
        QTest::newRow("over the root") << "/a:/"
                                       << "";
        QTest::newRow("over the root by ..") << "/a:/b/.."
                                             << "";
    }

    void parses()
    {
        QFETCH(QString, text);
        const auto mount = Mount::parse(text);
        QTEST(mount ? mount->toString() : QString(""), "canonical");
        if (mount)
            QVERIFY(*Mount::fromJson(mount->toJson()) == *mount);
    }
};

QTEST_GUILESS_MAIN(TestMount)
#include "tst_mount.moc"
