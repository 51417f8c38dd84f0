#include "core/runner/exitcause.h"

#include <QTest>

using namespace boxgate;
using Kind = ExitRecord::Kind;

Q_DECLARE_METATYPE(boxgate::RunEnd)

class TestExitCause : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void conclusions_data();
    void conclusions();
    void tailIsPrintableAndBounded();
};

void TestExitCause::conclusions_data()
{
    QTest::addColumn<RunEnd>("end");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("says");

    const QemuExit clean;
    const QemuExit killed{0, 9, {}};
    const QemuExit failed{1, 0, QStringLiteral("no such device")};
    const QString panic = QStringLiteral("x\n[ 1.0] Kernel panic - not syncing: sysrq triggered crash\ny");
    const Error slow{ErrorCode::Timeout, QStringLiteral("The agent did not answer"), {}};
    const auto row = [](const char *name, const RunEnd &end, Kind kind, int code, const char *says) {
        QTest::newRow(name) << end << int(kind) << code << QString::fromLatin1(says);
    };
    RunEnd end;
    end.qemu = clean;
    row("clean exit that nobody asked for", end, Kind::GuestPowerOff, 0, "powered itself off");
    end.consoleTail = panic;
    row("panic, although QEMU ended clean", end, Kind::Crashed, 125, "sysrq triggered crash");
    end.stopRequested = true;
    row("panic after a stop is a stop", end, Kind::Requested, 0, "");

    end = {};
    end.qemu = killed;
    row("QEMU killed by a stranger", end, Kind::Crashed, 125, "signal 9");
    end.stopRequested = true;
    row("killed as asked", end, Kind::Requested, 137, "");
    end.mainStatus = 143;
    row("the main command's status after a stop", end, Kind::Requested, 143, "");

    end = {};
    end.qemu = failed;
    row("QEMU failed", end, Kind::Crashed, 125, "no such device");

    end = {};
    end.qemu = killed;
    end.mainEndedFirst = true;
    end.mainStatus = 7;
    row("the main command ended, then QEMU was killed", end, Kind::MainCommand, 7, "");
    end.stopRequested = true;
    row("stop after the main command's end changes nothing", end, Kind::MainCommand, 7, "");

    end = {};
    end.startFailure = RunEnd::StartFailure{StartStage::Booting, slow};
    end.qemu = killed;
    row("start failed", end, Kind::StartFailed, 125, "did not answer");

    end = {};
    end.qemu = killed;
    end.channelError = Error{ErrorCode::Protocol, QStringLiteral("malformed"), {}};
    row("hostile agent", end, Kind::Crashed, 125, "broke its protocol");
}

void TestExitCause::conclusions()
{
    QFETCH(RunEnd, end);
    QFETCH(int, kind);
    QFETCH(int, exitCode);
    QFETCH(QString, says);
    const ExitRecord record = concludeRun(end);
    QCOMPARE(int(record.kind), kind);
    QCOMPARE(record.exitCode, exitCode);
    QVERIFY2(record.message.contains(says), qPrintable(record.message));
    QCOMPARE(record.message.isEmpty(), says.isEmpty());
    QCOMPARE(record.consoleTail.isEmpty(), !record.isFailure() || end.consoleTail.isEmpty());
}

void TestExitCause::tailIsPrintableAndBounded()
{
    QCOMPARE(printableTail("a\r\n\x1b[31mb\x07\tc\n"), QStringLiteral("a\n[31mb\tc"));
    QVERIFY(printableTail(QByteArray(100'000, 'x')).size() <= 4096);
}

QTEST_GUILESS_MAIN(TestExitCause)
#include "tst_exitcause.moc"
