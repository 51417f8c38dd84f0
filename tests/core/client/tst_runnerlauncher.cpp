#include "core/client/runnerlauncher.h"

#include <QCoroTask>
#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

class TestRunnerLauncher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsReports_data()
    {
        QTest::addColumn<QByteArray>("report");
        QTest::addColumn<bool>("ready");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("ready") << QByteArray("{\"ready\":true}\n") << true << ErrorCode::Internal << "";
        QTest::newRow("error") << QByteArray(
            "{\"error\":{\"code\":\"conflict\",\"message\":\"Box web is running\",\"detail\":\"\"}}\n")
                               << false << ErrorCode::Conflict << "Box web is running";
        QTest::newRow("died") << QByteArray() << false << ErrorCode::Unavailable << "died at its start";
        QTest::newRow("nonsense") << QByteArray("hello\n") << false << ErrorCode::Protocol << "nonsense";
        QTest::newRow("not ready, no error")
            << QByteArray("{\"ready\":false}\n") << false << ErrorCode::Protocol << "nonsense";
    }

    void readsReports()
    {
        QFETCH(QByteArray, report);
        QFETCH(bool, ready);
        const Result<void> outcome = parseRunnerReport(report);
        QCOMPARE(outcome.has_value(), ready);
        if (ready)
            return;
        QFETCH(ErrorCode, code);
        QVERIFY(outcome.error().code == code);
        QFETCH(QString, sentence);
        QVERIFY2(outcome.error().message.contains(sentence), qPrintable(outcome.error().message));
    }

    void launches_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("ready, with its arguments")
            << QByteArray("[ \"$*\" = \"--box 0123456789ab --home $HOME_OF_TEST --wait-attach\" ] && echo "
                          "'{\"ready\":true}' >&3")
            << "";
        QTest::newRow("reported error") << QByteArray(
            "echo '{\"error\":{\"code\":\"conflict\",\"message\":\"taken\",\"detail\":\"\"}}' >&3")
                                        << "taken";
        QTest::newRow("in pieces") << QByteArray(
            "printf '{\"ready\"' >&3; sleep 0.1; printf ':true}\\n' >&3; sleep 5")
                                   << "";
        QTest::newRow("dies") << QByteArray("exit 1") << "died at its start";
        QTest::newRow("missing") << QByteArray() << "No such file";
    }

    void launches()
    {
        QFETCH(QByteArray, script);
        QFETCH(QString, sentence);
        QTemporaryDir folder(QStringLiteral("/tmp/bgt-XXXXXX"));
        const QString program = folder.filePath("runner");
        if (!script.isEmpty()) {
            QFile file(program);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("#!/bin/sh\n" + script + "\n");
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        qputenv("BOXGATE_RUNNER", QFile::encodeName(program));
        qputenv("HOME_OF_TEST", QFile::encodeName(folder.filePath("h")));
        const Paths paths = *Paths::locate(folder.filePath("h"));
        QVERIFY(paths.prepare());
        const BoxId id = *BoxId::parse("0123456789ab");
        QVERIFY(QDir().mkpath(paths.boxDirectory(id.toString())));
        const Result<qint64> pid =
            QCoro::waitFor(RunnerLauncher(paths).launch(id, MainCommandStart::AfterAttach));
        QCOMPARE(pid.has_value(), sentence.isEmpty());
        if (!pid)
            QVERIFY2(pid.error().message.contains(sentence), qPrintable(pid.error().message));
    }

    void beginsAnOvergrownLogAnew_data()
    {
        QTest::addColumn<qint64>("bytes");
        QTest::addColumn<qint64>("older"); // -1: none
        QTest::newRow("small: goes on") << qint64(1000) << qint64(-1);
        QTest::newRow("overgrown: begins anew") << qint64(2 << 20) << qint64(2 << 20);
    }

    void beginsAnOvergrownLogAnew()
    {
        QFETCH(qint64, bytes);
        QTemporaryDir folder(QStringLiteral("/tmp/bgt-XXXXXX"));
        qputenv("BOXGATE_RUNNER", "/bin/false");
        const Paths paths = *Paths::locate(folder.filePath("h"));
        QVERIFY(paths.prepare());
        const BoxId id = *BoxId::parse("0123456789ab");
        QVERIFY(QDir().mkpath(paths.boxDirectory(id.toString())));
        const QString log = paths.boxRunnerLog(id.toString());
        QFile file(log);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(bytes));
        file.close();
        QVERIFY(!QCoro::waitFor(RunnerLauncher(paths).launch(id, MainCommandStart::AtOnce)));
        const QFileInfo older(log + QStringLiteral(".1"));
        QTEST(older.exists() ? older.size() : qint64(-1), "older");
        QCOMPARE(QFileInfo(log).size(), older.exists() ? 0 : bytes);
    }

    /// Its limit is ten seconds, and so is this test's.
    void leavesNoRunnerThatHangs()
    {
        QTemporaryDir folder(QStringLiteral("/tmp/bgt-XXXXXX"));
        QFile program(folder.filePath("runner"));
        QVERIFY(program.open(QIODevice::WriteOnly));
        program.write("#!/bin/sh\necho $$ > $HOME_OF_TEST/pid\nexec sleep 1000\n");
        program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        program.close();
        qputenv("BOXGATE_RUNNER", QFile::encodeName(program.fileName()));
        qputenv("HOME_OF_TEST", QFile::encodeName(folder.filePath("h")));
        const Paths paths = *Paths::locate(folder.filePath("h"));
        QVERIFY(paths.prepare());
        const BoxId id = *BoxId::parse("0123456789ab");
        QVERIFY(QDir().mkpath(paths.boxDirectory(id.toString())));
        const Result<qint64> launched =
            QCoro::waitFor(RunnerLauncher(paths).launch(id, MainCommandStart::AtOnce));
        QVERIFY(launched.error().code == ErrorCode::Timeout);
        QFile pid(folder.filePath("h/pid"));
        QVERIFY(pid.open(QIODevice::ReadOnly));
        const QString process = QStringLiteral("/proc/") + QString::fromLatin1(pid.readAll().trimmed());
        QTRY_VERIFY(QFile::symLinkTarget(process + QStringLiteral("/exe")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRunnerLauncher)
#include "tst_runnerlauncher.moc"
