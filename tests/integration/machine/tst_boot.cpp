#include "bootedmachine.h"

#include <QCoroTask>
#include <QCryptographicHash>
#include <QDir>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

/// Real boots by the program's own arguments.
class TestBoot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_home = std::make_unique<MachineHome>();
        QVERIFY2(m_home->problem().isEmpty(), qPrintable(m_home->problem()));
    }

    void fromStartToPowerOff()
    {
        MachinePlan plan = m_home->plan(Accelerator::Tcg);
        plan.cpus = 2;
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        QSignalSpy events(machine.monitor.get(), &QmpClient::eventArrived);
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s);
        QVERIFY2(ready, complaint(machine, ready));
        qInfo() << "hello after" << machine.helloAt << "ms (kernel" << machine.sinceBoot << "ms), ready after"
                << machine.readyAt << "ms";

        const CommandOutcome outcome = machine.run({"sh", "-c", "echo out; echo err >&2; exit 7"});
        QCOMPARE(outcome.out, QByteArray("out\n"));
        QCOMPARE(outcome.err, QByteArray("err\n"));
        QCOMPARE(outcome.exitCode, 7);
        QCOMPARE(machine.run({"/bin/nonsense"}).exitCode, -1);
        const CommandOutcome interfaces = machine.run({"ls", "/sys/class/net"});
        QVERIFY2(interfaces.exitCode == 0 && interfaces.out.contains("lo\n")
                     && !interfaces.out.contains("eth0"),
                 (interfaces.out + interfaces.err + interfaces.failure.toUtf8()).constData());

        QmpCommand status;
        status.name = QStringLiteral("query-status");
        const Result<QJsonValue> answer = QCoro::waitFor(machine.monitor->execute(status));
        QVERIFY(answer);
        QCOMPARE(answer->toObject().value(QStringLiteral("status")).toString(), QStringLiteral("running"));

        const Result<guest::Usage> usage = QCoro::waitFor(machine.channel->usage());
        QVERIFY(usage);
        QVERIFY2(usage->diskTotal > 200u << 20, "the root was grown from 16 MiB to the disk's 256 MiB");

        const qint64 asked = machine.clock.elapsed();
        const std::optional<QemuExit> exit = machine.powerOff();
        QVERIFY(exit);
        qInfo() << "power-off took" << machine.clock.elapsed() - asked << "ms";
        QVERIFY2(exit->isClean(), qPrintable(exit->message));
        QVERIFY2(exit->message.isEmpty(), qPrintable(exit->message));
        QTRY_VERIFY2(machine.monitor->isClosed(), "its end comes beside QEMU's, in any order");
        QVERIFY(std::any_of(events.cbegin(), events.cend(), [](const QList<QVariant> &event) {
            return event.at(0).toString() == QLatin1String("SHUTDOWN")
                && event.at(1).toJsonObject().value(QStringLiteral("reason")).toString()
                == QLatin1String("guest-shutdown");
        }));
    }

    void theInterfaceIsThereWhenTheNetworkIs()
    {
        MachinePlan plan = m_home->plan(Accelerator::Tcg);
        plan.network = MachineNetwork{};
        plan.network->mtu = 1400;
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s);
        QVERIFY2(ready, complaint(machine, ready));
        QCOMPARE(machine.run({"cat", "/sys/class/net/eth0/address"}).out, QByteArray("5a:94:ef:e4:0c:ee\n"));
        const CommandOutcome route = machine.run({"cat", "/proc/net/route"});
        QVERIFY2(route.out.contains("eth0"), route.out.constData());
    }

    void aReadOnlyVolumeIsReadOnlyForRootToo()
    {
        for (const char *name : {"readable", "writable"}) {
            QVERIFY(QDir().mkpath(m_home->file(QString::fromLatin1(name))));
            QFile file(m_home->file(QString::fromLatin1(name)) + QStringLiteral("/hello"));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write("hello\n") == 6);
        }
        MachinePlan plan = m_home->plan(Accelerator::Tcg);
        plan.volumes = {{volumeTag(0), m_home->file(QStringLiteral("readable")), true},
                        {volumeTag(1), m_home->file(QStringLiteral("writable")), false}};
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        // The guest is told that both are writable: the device alone must refuse.
        const QList<guest::GuestMount> mounts{{"volume0", "/readable", false},
                                              {"volume1", "/writable", false}};
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s, mounts);
        QVERIFY2(ready, complaint(machine, ready));
        QCOMPARE(machine.run({"cat", "/readable/hello", "/writable/hello"}).out,
                 QByteArray("hello\nhello\n"));
        QVERIFY(machine.run({"touch", "/readable/new"}).exitCode != 0);
        QVERIFY(machine.run({"sh", "-c", "mount -o remount,rw /readable; touch /readable/new"}).exitCode
                != 0);
        QVERIFY(!QFile::exists(m_home->file(QStringLiteral("readable/new"))));
        QCOMPARE(machine.run({"touch", "/writable/new"}).exitCode, 0);
        QVERIFY(QFile::exists(m_home->file(QStringLiteral("writable/new"))));
    }

    void manyBytesInBothDirectionsAtOnce()
    {
        const MachinePlan plan = m_home->plan(Accelerator::Tcg);
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s);
        QVERIFY2(ready, complaint(machine, ready));
        QByteArray input(20 << 20, Qt::Uninitialized);
        QRandomGenerator(5).fillRange(reinterpret_cast<quint32 *>(input.data()), input.size() / 4);
        const qint64 begin = machine.clock.elapsed();
        const CommandOutcome outcome = machine.run({"cat"}, input);
        const qint64 took = machine.clock.elapsed() - begin;
        QCOMPARE(outcome.exitCode, 0);
        QCOMPARE(QCryptographicHash::hash(outcome.out, QCryptographicHash::Sha256),
                 QCryptographicHash::hash(input, QCryptographicHash::Sha256));
        qInfo() << "20 MiB through cat, both directions:" << took << "ms";

        QList<qint64> times;
        QElapsedTimer timer;
        for (int i = 0; i < 50; ++i) {
            timer.start();
            QCOMPARE(machine.run({"true"}).exitCode, 0);
            times += timer.nsecsElapsed() / 1000;
        }
        std::sort(times.begin(), times.end());
        qInfo() << "exec round trip, median" << times.at(25) << "us, worst of 50" << times.last() << "us";
    }

    void theGuestEndsWithItsChannel()
    {
        const MachinePlan plan = m_home->plan(Accelerator::Tcg);
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s);
        QVERIFY2(ready, complaint(machine, ready));
        machine.channel.reset();
        const std::optional<QemuExit> exit = machine.waitForEnd(15s);
        QVERIFY2(exit, "the agent powers off when nobody owns it");
        QVERIFY(exit->isClean());
    }

    void aPanicEndsQemuAndStaysOnTheConsole()
    {
        // Without the agent the kernel looks for a root file system of its own, finds none and panics.
        QFile empty(m_home->file(QStringLiteral("empty.cpio")));
        QVERIFY(empty.open(QIODevice::WriteOnly) && empty.write(QByteArray(512, '\0')) == 512);
        empty.close();
        MachinePlan plan = m_home->plan(Accelerator::Tcg);
        plan.initramfs = empty.fileName();
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        const Result<guest::Ready> ready = machine.comeUp(plan, 60s);
        QVERIFY(!ready);
        QVERIFY2(ready.error().code == ErrorCode::Unavailable, qPrintable(ready.error().message));
        QVERIFY(machine.waitForEnd(15s));
        QVERIFY2(machine.qemu.consoleTail().contains("Kernel panic"), machine.qemu.consoleTail().constData());
    }

    /// As a runner does it: the accelerator that is chosen gets its trial, and a failure is remembered.
    void theAcceleratorIsProvedByABoot()
    {
        const AcceleratorMemory memory(m_home->paths().acceleratorMemory());
        const AcceleratorContext context = m_home->host().acceleratorContext();
        const Result<AcceleratorChoice> first = chooseAccelerator(m_home->host().candidates, {}, {});
        QVERIFY(first);
        qInfo().noquote() << "first choice:" << first->reason;
        if (first->accelerator == Accelerator::Tcg)
            QSKIP("this host offers tcg only");
        QVERIFY(first->onTrial);

        AcceleratorExperience experience;
        experience.accelerator = first->accelerator;
        experience.when = QDateTime::currentDateTimeUtc();
        {
            const MachinePlan plan = m_home->plan(first->accelerator);
            BootedMachine machine;
            QVERIFY(machine.start(*m_home, plan));
            const Result<guest::Ready> ready = machine.comeUp(plan, first->helloLimit);
            qInfo().noquote() << "the trial took" << machine.clock.elapsed()
                              << "ms:" << (ready ? QString() : ready.error().message);
            experience.outcome =
                ready ? AcceleratorExperience::Outcome::Works : AcceleratorExperience::Outcome::Failed;
            if (!ready) {
                const std::optional<QemuExit> exit = machine.waitForEnd(2s);
                experience.why = exit ? exit->message : ready.error().message;
                QVERIFY(!experience.why.isEmpty());
            }
        }
        QVERIFY(memory.remember(context, experience));

        const Result<AcceleratorChoice> second =
            chooseAccelerator(m_home->host().candidates, memory.experiences(context), {});
        QVERIFY(second);
        QVERIFY(!second->onTrial);
        qInfo().noquote() << "second choice:" << second->reason;
        const MachinePlan plan = m_home->plan(second->accelerator);
        BootedMachine machine;
        QVERIFY(machine.start(*m_home, plan));
        const Result<guest::Ready> ready = machine.comeUp(plan, second->helloLimit);
        QVERIFY2(ready, complaint(machine, ready));
    }

private:
    static QByteArray complaintBytes(const BootedMachine &machine, const Result<guest::Ready> &ready)
    {
        return (ready ? QByteArray() : ready.error().message.toLocal8Bit()) + '\n'
            + machine.qemu.errorOutput() + '\n' + machine.qemu.consoleTail();
    }
    /// For QVERIFY2, which wants characters that outlive the expression.
    const char *complaint(const BootedMachine &machine, const Result<guest::Ready> &ready)
    {
        m_complaint = complaintBytes(machine, ready);
        return m_complaint.constData();
    }

    std::unique_ptr<MachineHome> m_home;
    QByteArray m_complaint;
};

QTEST_GUILESS_MAIN(TestBoot)
#include "tst_boot.moc"
