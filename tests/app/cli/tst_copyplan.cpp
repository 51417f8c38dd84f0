#include "app/cli/copyplan.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

/// Which end of a copy is where, and how the tree is called there.
class TestCopyPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsBothEnds_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("destination");
        QTest::addColumn<QString>("expected"); // direction box guest-path host-path name tar; empty: refused
        QTest::newRow("in") << "a/b"
                            << "web:/srv"
                            << "in web /srv a/b b -";
        QTest::newRow("in, a folder with a slash") << "a/b/"
                                                   << "web:/srv"
                                                   << "in web /srv a/b/ b -";
        QTest::newRow("in, contents") << "a/."
                                      << "web:/srv"
                                      << "in web /srv a/. . -";
        QTest::newRow("in, all of here") << "."
                                         << "web:srv"
                                         << "in web srv . . -";
        QTest::newRow("in, a tar") << "-"
                                   << "web:/srv"
                                   << "in web /srv - . tar";
        QTest::newRow("in, a colon in a path of this host") << "./a:b"
                                                            << "web:/"
                                                            << "in web / ./a:b a:b -";
        QTest::newRow("in, a colon behind a slash") << "d/a:b"
                                                    << "web:/"
                                                    << "in web / d/a:b a:b -";
        QTest::newRow("out") << "web:/var/log"
                             << "."
                             << "out web /var/log . log -";
        QTest::newRow("out, contents") << "web:/var/."
                                       << "x"
                                       << "out web /var/. x . -";
        QTest::newRow("out, everything") << "web:/"
                                         << "x"
                                         << "out web / x . -";
        QTest::newRow("out, a tar") << "web:/etc"
                                    << "-"
                                    << "out web /etc - etc tar";
        QTest::newRow("out, a colon in the box's path") << "web:/a:b"
                                                        << "x"
                                                        << "out web /a:b x a:b -";
        QTest::newRow("out, dots are contents") << "web:/a/.."
                                                << "x"
                                                << "out web /a/.. x . -";
        QTest::newRow("both here") << "a"
                                   << "b"
                                   << "";
        QTest::newRow("both in boxes") << "a:/x"
                                       << "b:/y"
                                       << "";
        QTest::newRow("no path in the box") << "web:"
                                            << "x"
                                            << "";
        QTest::newRow("no path here") << ""
                                      << "web:/x"
                                      << "";
    }

    void readsBothEnds()
    {
        QFETCH(QString, source);
        QFETCH(QString, destination);
        QFETCH(QString, expected);
        const Result<CopyPlan> plan = planCopy(source, destination, {});
        QCOMPARE(plan.has_value(), !expected.isEmpty());
        if (!plan)
            return;
        const bool isIn = plan->params.direction == CopyParams::Direction::In;
        const QString name = isIn ? plan->params.name : plan->host.name;
        const QStringList words{
            isIn ? "in" : "out",         plan->box,
            plan->params.path,           plan->host.path,
            name.isEmpty() ? "." : name, plan->host.kind == CopyHost::Kind::Tar ? "tar" : "-"};
        QCOMPARE(words.join(' '), expected);
    }

    void wishesReachTheSideThatActs()
    {
        const CopyWishes all{true, true};
        const Result<CopyPlan> in = planCopy("a", "web:/x", all);
        QVERIFY(in->host.followLink && in->params.keepOwners && !in->params.followLink);
        const Result<CopyPlan> out = planCopy("web:/x", "a", all);
        QVERIFY(out->params.followLink && out->host.keepOwners && !out->params.keepOwners);
        const Result<CopyPlan> tar = planCopy("-", "web:/x", {});
        QVERIFY2(tar->params.keepOwners, "a tar says whose its files are");
    }
};

QTEST_APPLESS_MAIN(TestCopyPlan)
#include "tst_copyplan.moc"
