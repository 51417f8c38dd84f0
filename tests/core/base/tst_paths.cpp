#include "core/base/paths.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace boxgate;

class TestPaths : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        qunsetenv("BOXGATE_HOME");
        qunsetenv("BOXGATE_SHARE");
    }

    void aHomeHoldsEverything()
    {
        QTemporaryDir folder;
        const auto paths = Paths::locate(folder.path());
        QVERIFY(paths);
        for (const QString &path : {paths->database(), paths->boxDisk("0123456789ab"), paths->rootDisks(),
                                    paths->controlSocket("0123456789ab"), paths->acceleratorMemory()})
            QVERIFY2(path.startsWith(folder.path() + '/'), qPrintable(path));
    }

    void theEnvironmentNamesTheHome()
    {
        QTemporaryDir folder;
        qputenv("BOXGATE_HOME", QFile::encodeName(folder.path()));
        const auto paths = Paths::locate({});
        QVERIFY(paths);
        QCOMPARE(paths->home(), folder.path());
    }

    void anExplicitHomeBeatsTheEnvironment()
    {
        QTemporaryDir folder;
        qputenv("BOXGATE_HOME", "/elsewhere");
        const auto paths = Paths::locate(folder.path());
        QVERIFY(paths);
        QCOMPARE(paths->home(), folder.path());
    }

    void aRelativeHomeBecomesAbsolute()
    {
        const auto paths = Paths::locate("some/home");
        QVERIFY(paths);
        QCOMPARE(paths->home(), QDir::currentPath() + "/some/home");
    }

    void prepareMakesPrivateDirectories()
    {
        QTemporaryDir folder;
        const auto paths = Paths::locate(folder.filePath("new/home"));
        QVERIFY(paths);
        QVERIFY(paths->prepare());
        struct stat info
        { };
        QCOMPARE(::stat(QFile::encodeName(paths->runtimeDirectory()).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0700);
        QVERIFY(paths->prepare());
    }

    void aHomeTooLongForASocketIsRefusedWithTheExcess()
    {
        const auto paths = Paths::locate("/tmp/" + QString(120, 'x'));
        QVERIFY(!paths);
        QVERIFY(paths.error().code == ErrorCode::InvalidArgument);
        QVERIFY(paths.error().message.contains("bytes too long"));
    }

    void aLinkOfAnotherUserIsRefused()
    {
        if (::geteuid() != 0)
            QSKIP("only root can make a link of another user");
        QTemporaryDir folder;
        const auto paths = Paths::locate(folder.path());
        QVERIFY(paths);
        const QByteArray link = QFile::encodeName(QFileInfo(paths->controlSocket("0123456789ab")).path());
        QVERIFY(QDir().mkpath(folder.path() + "/elsewhere"));
        QCOMPARE(::symlink(QFile::encodeName(folder.path() + "/elsewhere").constData(), link.constData()), 0);
        QVERIFY(paths->prepare()); // the control: one's own link is one's own affair
        QCOMPARE(::lchown(link.constData(), 65534, 65534), 0);
        const auto prepared = paths->prepare();
        QVERIFY(!prepared);
        QVERIFY(prepared.error().code == ErrorCode::Denied);
    }

    void aFileInTheWayIsRefused()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath("home"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto paths = Paths::locate(file.fileName());
        QVERIFY(paths);
        const auto made = paths->prepare();
        QVERIFY(!made);
        QVERIFY(made.error().message.contains(file.fileName()));
    }
};

QTEST_GUILESS_MAIN(TestPaths)
#include "tst_paths.moc"
