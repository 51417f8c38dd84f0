#include "core/machine/qemuprocess.h"

#include <QLocalSocket>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>

using namespace boxgate;

namespace {

bool isAlive(qint64 pid) { return ::kill(pid_t(pid), 0) == 0 || errno != ESRCH; }

} // namespace

/// /bin/sh plays QEMU.
class TestQemuProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsConsoleAndLastWords()
    {
        QemuProcess process;
        QSignalSpy ended(&process, &QemuProcess::ended);
        QVERIFY(process.start(shell("echo booting; echo 'qemu-system-x86_64: warning: old' >&2; "
                                    "echo 'qemu-system-x86_64: -m: too small' >&2; exit 3")));
        QTRY_COMPARE(ended.size(), 1);
        const auto exit = ended.at(0).at(0).value<QemuExit>();
        QCOMPARE(exit.code, 3);
        QCOMPARE(exit.signal, 0);
        QVERIFY(!exit.isClean());
        QCOMPARE(exit.message, QStringLiteral("-m: too small"));
        QCOMPARE(process.consoleTail(), QByteArray("booting\n"));
        QVERIFY(!process.isRunning());
    }

    void killIsASignal()
    {
        QemuProcess process;
        QSignalSpy ended(&process, &QemuProcess::ended);
        QVERIFY(process.start(shell("exec sleep 60")));
        QVERIFY(process.isRunning());
        process.kill();
        QTRY_COMPARE(ended.size(), 1);
        QCOMPARE(ended.at(0).at(0).value<QemuExit>().signal, SIGKILL);
    }

    void descriptorsArriveAtTheirNumbers()
    {
        Result<SocketPair> agent = SocketPair::create();
        Result<SocketPair> monitor = SocketPair::create();
        QVERIFY(agent && monitor);
        QemuProcess::Launch launch = shell("read word <&4; echo \"3 says $word\" >&3; exec sleep 60");
        launch.descriptors.push_back({std::move(agent->theirs), 3});
        launch.descriptors.push_back({std::move(monitor->theirs), 4});
        QemuProcess process;
        QVERIFY(process.start(std::move(launch)));
        QLocalSocket three;
        three.setSocketDescriptor(agent->ours.take());
        QLocalSocket four;
        four.setSocketDescriptor(monitor->ours.take());
        four.write("hello\n");
        QTRY_COMPARE(three.peek(100), QByteArray("3 says hello\n"));
        // The child's end was the only one: its death is the end of the stream.
        process.kill();
        QTRY_COMPARE(three.state(), QLocalSocket::UnconnectedState);
    }

    void nothingElseIsInherited()
    {
        Result<SocketPair> leak = SocketPair::create();
        QVERIFY(leak);
        QemuProcess process;
        QSignalSpy ended(&process, &QemuProcess::ended);
        QVERIFY(process.start(shell("exec ls /proc/self/fd")));
        QTRY_COMPARE(ended.size(), 1);
        // ls itself holds the folder open as 3.
        QCOMPARE(process.consoleTail(), QByteArray("0\n1\n2\n3\n"));
    }

    void aMissingProgramIsAnError()
    {
        Result<SocketPair> agent = SocketPair::create();
        QVERIFY(agent);
        QemuProcess::Launch launch = shell("true");
        launch.program = QStringLiteral("/nonexistent/qemu");
        launch.descriptors.push_back({std::move(agent->theirs), 3});
        QemuProcess process;
        const Result<void> started = process.start(std::move(launch));
        QVERIFY(!started);
        QVERIFY(started.error().message.contains(QLatin1String("/nonexistent/qemu")));
    }

    void diesWithItsObject()
    {
        qint64 pid = 0;
        {
            QemuProcess process;
            QVERIFY(process.start(shell("exec sleep 60")));
            pid = process.pid();
            QVERIFY(isAlive(pid));
        }
        QVERIFY(!isAlive(pid));
    }

    void diesWithItsOwnersProcess()
    {
        QProcess owner;
        owner.start(QStringLiteral(QEMUOWNER), {m_folder.filePath(QStringLiteral("owner.log"))});
        QVERIFY(owner.waitForStarted());
        QTRY_VERIFY(owner.canReadLine());
        const qint64 pid = owner.readLine().trimmed().toLongLong();
        QVERIFY(pid > 0 && isAlive(pid));
        owner.kill();
        QVERIFY(owner.waitForFinished());
        QTRY_VERIFY(!isAlive(pid));
    }

    void aFloodOnStandardErrorIsBounded()
    {
        QemuProcess process;
        QSignalSpy ended(&process, &QemuProcess::ended);
        QVERIFY(process.start(shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2")));
        QTRY_COMPARE(ended.size(), 1);
        QVERIFY(process.errorOutput().size() <= 16 * 1024);
        QCOMPARE(ended.at(0).at(0).value<QemuExit>().message, QStringLiteral("last"));
    }

    void lastWords_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QString>("message");
        QTest::newRow("nothing") << QByteArray() << QString();
        QTest::newRow("an error before the assertion it causes")
            << QByteArray("qemu-system-x86_64: error: failed to set MSR 0x10a to 0x20000000e0\n"
                          "qemu-system-x86_64: ../target/i386/kvm/kvm.c:2: f: Assertion `ret == n' failed.\n")
            << "failed to set MSR 0x10a to 0x20000000e0";
        QTest::newRow("only warnings") << QByteArray("qemu-system-x86_64: warning: x\n") << "";
        QTest::newRow("another program's line") << QByteArray("sh: not found\n") << "sh: not found";
        QTest::newRow("control characters") << QByteArray("qemu-system-x86_64: a\x1b[31mb\n") << "a [31mb";
    }
    void lastWords()
    {
        QFETCH(QByteArray, output);
        QFETCH(QString, message);
        QCOMPARE(lastQemuMessage(output), message);
    }

private:
    QemuProcess::Launch shell(const char *script) const
    {
        QemuProcess::Launch launch;
        launch.program = QStringLiteral("/bin/sh");
        launch.arguments = {QStringLiteral("-c"), QString::fromLatin1(script)};
        launch.consoleLog = m_folder.filePath(QStringLiteral("console.log"));
        return launch;
    }

    const QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestQemuProcess)
#include "tst_qemuprocess.moc"
