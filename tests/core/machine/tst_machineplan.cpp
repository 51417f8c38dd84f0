#include "core/machine/hostcapabilities.h"
#include "core/machine/machineplan.h"
#include "core/model/boxspec.h"

#include <QTest>

using namespace boxgate;

namespace {

MachinePlan fullPlan()
{
    MachinePlan plan;
    plan.name = QStringLiteral("boxgate-0123456789ab");
    plan.accelerator = Accelerator::Tcg;
    plan.cpus = 2;
    plan.memory = Bytes::fromMebi(512);
    plan.kernel = QStringLiteral("/k/vmlinux");
    plan.initramfs = QStringLiteral("/i/initramfs.cpio");
    plan.tscKilohertz = 2'100'000;
    plan.rootDisk = QStringLiteral("/boxes/a,b/disk.qcow2");
    plan.network = MachineNetwork{};
    plan.volumes = {{QStringLiteral("volume0"), QStringLiteral("/home/me/src, old"), true},
                    {QStringLiteral("volume1"), QStringLiteral("/data"), false}};
    return plan;
}

/// One argument per line, an option with its value on one.
QStringList lines(const QString &text)
{
    QStringList words;
    for (const QString &line : text.trimmed().split(QLatin1Char('\n'))) {
        const QString argument = line.trimmed();
        const qsizetype space = argument.indexOf(QLatin1Char(' '));
        words += argument.left(space);
        if (space >= 0)
            words += argument.mid(space + 1);
    }
    return words;
}

const char *const Everything = R"(
    -name boxgate-0123456789ab
    -nodefaults
    -no-user-config
    -display none
    -no-reboot
    -msg timestamp=off
    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
    -machine microvm,acpi=on,pcie=off,pit=off,pic=off,mem-merge=off,dump-guest-core=off
    -accel tcg,thread=multi
    -cpu max
    -smp 2
    -m size=512M
    -kernel /k/vmlinux
    -initrd /i/initramfs.cpio
    -append console=ttyS0 quiet panic=-1 dummy.numdummies=0 no_timer_check tsc=reliable tsc_early_khz=2100000 lpj=8400000
    -chardev stdio,id=console,signal=off
    -serial chardev:console
    -chardev socket,id=qmp,fd=4
    -mon chardev=qmp,mode=control
    -device virtio-serial-device,max_ports=2
    -chardev socket,id=agent,fd=3
    -device virtserialport,chardev=agent,nr=1,name=org.boxgate.agent
    -blockdev driver=qcow2,node-name=root,discard=unmap,file.driver=file,file.filename=/boxes/a,,b/disk.qcow2
    -device virtio-blk-device,drive=root,werror=enospc,rerror=report
    -netdev stream,id=net,server=off,addr.type=fd,addr.str=5
    -device virtio-net-device,netdev=net,mac=5a:94:ef:e4:0c:ee,host_mtu=1500
    -fsdev local,id=volume0,path=/home/me/src,, old,security_model=none,multidevs=remap,readonly=on
    -device virtio-9p-device,fsdev=volume0,mount_tag=volume0
    -fsdev local,id=volume1,path=/data,security_model=none,multidevs=remap,readonly=off
    -device virtio-9p-device,fsdev=volume1,mount_tag=volume1
    -object rng-random,id=entropy,filename=/dev/urandom
    -device virtio-rng-device,rng=entropy
    -device virtio-balloon-device,id=balloon,free-page-reporting=on,deflate-on-oom=on
)";

} // namespace

class TestMachinePlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everythingUnderTcg() { QCOMPARE(qemuArguments(fullPlan()), lines(QString::fromLatin1(Everything))); }

    void kvmLeavesTheClockToTheKernel()
    {
        MachinePlan plan = fullPlan();
        plan.accelerator = Accelerator::Kvm;
        QStringList expected = lines(QString::fromLatin1(Everything));
        expected.replace(expected.indexOf(QStringLiteral("-accel")) + 1, QStringLiteral("kvm"));
        expected.replace(expected.indexOf(QStringLiteral("-cpu")) + 1, QStringLiteral("host"));
        expected.replace(expected.indexOf(QStringLiteral("-append")) + 1,
                         QStringLiteral("console=ttyS0 quiet panic=-1 dummy.numdummies=0"));
        QCOMPARE(qemuArguments(plan), expected);
    }

    void networkOffHasNoInterface()
    {
        MachinePlan plan = fullPlan();
        plan.network.reset();
        QStringList expected = lines(QString::fromLatin1(Everything));
        expected.remove(expected.indexOf(QStringLiteral("-netdev")), 4);
        QCOMPARE(qemuArguments(plan), expected);
    }

    void armHasItsOwnMachine()
    {
        MachinePlan plan = fullPlan();
        plan.architecture = Architecture::Arm64;
        QStringList expected = lines(QString::fromLatin1(Everything));
        expected.replace(expected.indexOf(QStringLiteral("-machine")) + 1,
                         QStringLiteral("virt,gic-version=max,mem-merge=off,dump-guest-core=off"));
        expected.replace(expected.indexOf(QStringLiteral("-append")) + 1,
                         QStringLiteral("console=ttyAMA0 quiet panic=-1 dummy.numdummies=0"));
        QCOMPARE(qemuArguments(plan), expected);
    }

    void unknownTscLeavesTheWordsOut()
    {
        MachinePlan plan = fullPlan();
        plan.tscKilohertz = 0;
        const QStringList arguments = qemuArguments(plan);
        QCOMPARE(arguments.at(arguments.indexOf(QStringLiteral("-append")) + 1),
                 QStringLiteral("console=ttyS0 quiet panic=-1 dummy.numdummies=0 no_timer_check"));
    }

    void planOfABox()
    {
        BoxSpec spec;
        spec.cpus = 3;
        spec.memory = Bytes::fromMebi(777);
        spec.network.mtu = 9000;
        spec.mounts = {Mount{QStringLiteral("/src"), QStringLiteral("/work"), true}};
        HostCapabilities host;
        host.kernel = QStringLiteral("/k/vmlinux");
        host.tscKilohertz = 5;
        const MachinePlan plan =
            MachinePlan::forBox(spec, QStringLiteral("0123456789ab"), host, Accelerator::Kvm,
                                QStringLiteral("/d.qcow2"), QStringLiteral("/i.cpio"));
        QCOMPARE(plan.name, QStringLiteral("boxgate-0123456789ab"));
        QCOMPARE(plan.cpus, 3);
        QCOMPARE(plan.memory, Bytes::fromMebi(777));
        QCOMPARE(plan.kernel, QStringLiteral("/k/vmlinux"));
        QCOMPARE(plan.initramfs, QStringLiteral("/i.cpio"));
        QCOMPARE(plan.rootDisk, QStringLiteral("/d.qcow2"));
        QCOMPARE(plan.tscKilohertz, 5);
        QVERIFY(plan.network);
        QCOMPARE(plan.network->mtu, 9000);
        QCOMPARE(plan.volumes,
                 (QList<MachineVolume>{{QStringLiteral("volume0"), QStringLiteral("/src"), true}}));

        spec.network.mode = NetworkMode::Off;
        const MachinePlan off =
            MachinePlan::forBox(spec, QStringLiteral("0123456789ab"), host, Accelerator::Kvm,
                                QStringLiteral("/d.qcow2"), QStringLiteral("/i.cpio"));
        QVERIFY(!off.network);
    }
};

QTEST_GUILESS_MAIN(TestMachinePlan)
#include "tst_machineplan.moc"
