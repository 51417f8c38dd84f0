#include "core/machine/machineplan.h"

#include "core/machine/hostcapabilities.h"
#include "core/model/boxspec.h"

#include <QSysInfo>

namespace boxgate {

namespace {

/// The timer tick of our kernel, CONFIG_HZ in resources/kernel.
constexpr int KernelHertz = 250;

/// QEMU splits option values at commas; a doubled one stands for itself.
QString quoted(QString value) { return value.replace(QLatin1Char(','), QStringLiteral(",,")); }

QString machineType(const MachinePlan &plan)
{
    // No folding of pages across boxes: which pages are equal is nobody else's business. Power-off and SMP
    // need acpi; without the legacy timer and interrupt controllers the kernel starts sooner; it waits a
    // second for a missing rtc (all measured).
    const QString common = QStringLiteral(",mem-merge=off,dump-guest-core=off");
    if (plan.architecture == Architecture::Arm64)
        return QStringLiteral("virt,gic-version=max") + common;
    return QStringLiteral("microvm,acpi=on,pcie=off,pit=off,pic=off") + common;
}

QString accelerator(Accelerator accelerator)
{
    return accelerator == Accelerator::Tcg ? QStringLiteral("tcg,thread=multi") : toString(accelerator);
}

QString cpuModel(Accelerator accelerator)
{
    return accelerator == Accelerator::Tcg ? QStringLiteral("max") : QStringLiteral("host");
}

/// panic=-1 restarts at once, and -no-reboot makes that the end of QEMU: the console's last lines tell why.
/// A dummy interface is there for those who add one; nobody expects one in a fresh box.
QString kernelLine(const MachinePlan &plan)
{
    const bool arm = plan.architecture == Architecture::Arm64;
    QStringList words{arm ? QStringLiteral("console=ttyAMA0") : QStringLiteral("console=ttyS0"),
                      QStringLiteral("quiet"), QStringLiteral("panic=-1"),
                      QStringLiteral("dummy.numdummies=0")};
    if (!arm && plan.accelerator == Accelerator::Tcg) {
        // Under tcg there is no clock to calibrate the time stamp counter against, and nothing better to
        // watch it by.
        words += QStringLiteral("no_timer_check");
        if (plan.tscKilohertz > 0) {
            words += QStringLiteral("tsc=reliable");
            words += QStringLiteral("tsc_early_khz=%1").arg(plan.tscKilohertz);
            words += QStringLiteral("lpj=%1").arg(qint64(plan.tscKilohertz) * 1000 / KernelHertz);
        }
    }
    return words.join(QLatin1Char(' '));
}

QStringList machineArguments(const MachinePlan &plan)
{
    return {
        QStringLiteral("-name"),
        quoted(plan.name),
        QStringLiteral("-nodefaults"),
        QStringLiteral("-no-user-config"),
        QStringLiteral("-display"),
        QStringLiteral("none"),
        QStringLiteral("-no-reboot"),
        QStringLiteral("-msg"),
        QStringLiteral("timestamp=off"),
        QStringLiteral("-sandbox"),
        QStringLiteral("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"),
        QStringLiteral("-machine"),
        machineType(plan),
        QStringLiteral("-accel"),
        accelerator(plan.accelerator),
        QStringLiteral("-cpu"),
        cpuModel(plan.accelerator),
        QStringLiteral("-smp"),
        QString::number(plan.cpus),
        QStringLiteral("-m"),
        QStringLiteral("size=%1M").arg(plan.memory.mebi()),
        QStringLiteral("-kernel"),
        plan.kernel,
        QStringLiteral("-initrd"),
        plan.initramfs,
        QStringLiteral("-append"),
        kernelLine(plan),
    };
}

QStringList channelArguments()
{
    return {
        QStringLiteral("-chardev"),
        QStringLiteral("stdio,id=console,signal=off"),
        QStringLiteral("-serial"),
        QStringLiteral("chardev:console"),
        QStringLiteral("-chardev"),
        QStringLiteral("socket,id=qmp,fd=%1").arg(machinedescriptor::Qmp),
        QStringLiteral("-mon"),
        QStringLiteral("chardev=qmp,mode=control"),
        QStringLiteral("-device"),
        QStringLiteral("virtio-serial-device,max_ports=2"),
        QStringLiteral("-chardev"),
        QStringLiteral("socket,id=agent,fd=%1").arg(machinedescriptor::Agent),
        QStringLiteral("-device"),
        QStringLiteral("virtserialport,chardev=agent,nr=1,name=org.boxgate.agent"),
    };
}

/// discard=unmap gives the space of deleted files back to the host. When the host has no space, the guest
/// stops at that write until it is let go on (core/runner/diskwatch.h); other failures are the guest's to
/// see.
QStringList diskArguments(const QString &rootDisk)
{
    return {
        QStringLiteral("-blockdev"),
        QStringLiteral("driver=qcow2,node-name=root,discard=unmap,file.driver=file,file.filename=%1")
            .arg(quoted(rootDisk)),
        QStringLiteral("-device"),
        QStringLiteral("virtio-blk-device,drive=root,werror=enospc,rerror=report"),
    };
}

QStringList networkArguments(const MachineNetwork &network)
{
    return {
        QStringLiteral("-netdev"),
        QStringLiteral("stream,id=net,server=off,addr.type=fd,addr.str=%1").arg(machinedescriptor::Network),
        QStringLiteral("-device"),
        QStringLiteral("virtio-net-device,netdev=net,mac=%1,host_mtu=%2")
            .arg(network.macAddress)
            .arg(network.mtu),
    };
}

/// security_model=none: files appear on the host as the user's own, with links and modes as in the box; what
/// only root may do (owners, device nodes) is left out silently. QEMU follows no link when it resolves a path
/// of the guest's (openat, O_NOFOLLOW).
QStringList volumeArguments(const MachineVolume &volume)
{
    const QString readOnly = volume.readOnly ? QStringLiteral("on") : QStringLiteral("off");
    return {
        QStringLiteral("-fsdev"),
        QStringLiteral("local,id=%1,path=%2,security_model=none,multidevs=remap,readonly=%3")
            .arg(volume.tag, quoted(volume.hostPath), readOnly),
        QStringLiteral("-device"),
        QStringLiteral("virtio-9p-device,fsdev=%1,mount_tag=%1").arg(volume.tag),
    };
}

} // namespace

Architecture hostArchitecture()
{
    return QSysInfo::buildCpuArchitecture() == QLatin1String("arm64") ? Architecture::Arm64
                                                                      : Architecture::X86_64;
}

QString toString(Architecture architecture)
{
    return architecture == Architecture::Arm64 ? QStringLiteral("arm64") : QStringLiteral("x86_64");
}

QString volumeTag(int index) { return QStringLiteral("volume%1").arg(index); }

MachinePlan MachinePlan::forBox(const BoxSpec &spec, const QString &id, const HostCapabilities &host,
                                Accelerator accelerator, const QString &rootDisk, const QString &initramfs)
{
    MachinePlan plan;
    plan.name = QStringLiteral("boxgate-") + id;
    plan.architecture = host.architecture;
    plan.accelerator = accelerator;
    plan.cpus = spec.cpus;
    plan.memory = spec.memory;
    plan.kernel = host.kernel;
    plan.initramfs = initramfs;
    plan.tscKilohertz = host.tscKilohertz;
    plan.rootDisk = rootDisk;
    if (spec.network.mode != NetworkMode::Off) {
        MachineNetwork card;
        card.mtu = spec.network.mtu;
        plan.network = card;
    }
    for (int i = 0; i < int(spec.mounts.size()); ++i) {
        const Mount &mount = spec.mounts.at(i);
        plan.volumes += MachineVolume{volumeTag(i), mount.hostPath, mount.readOnly};
    }
    return plan;
}

QStringList qemuArguments(const MachinePlan &plan)
{
    QStringList arguments = machineArguments(plan) + channelArguments() + diskArguments(plan.rootDisk);
    if (plan.network)
        arguments += networkArguments(*plan.network);
    for (const MachineVolume &volume : plan.volumes)
        arguments += volumeArguments(volume);
    arguments +=
        {QStringLiteral("-object"),
         QStringLiteral("rng-random,id=entropy,filename=/dev/urandom"),
         QStringLiteral("-device"),
         QStringLiteral("virtio-rng-device,rng=entropy"),
         QStringLiteral("-device"),
         QStringLiteral("virtio-balloon-device,id=balloon,free-page-reporting=on,deflate-on-oom=on")};
    return arguments;
}

} // namespace boxgate
