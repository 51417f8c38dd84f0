#include "core/machine/hostcapabilities.h"

#include "core/machine/hosttsc.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QSysInfo>
#include <QThread>

namespace boxgate {

namespace {

struct GuestKernel
{
    QString path;
    QString identity;
};

/// A package brings its kernel in share/boxgate/kernels; otherwise installer/kernel built it. Both keep the
/// link current-<architecture>, which names the folder of the kernel to boot.
Result<GuestKernel> findKernel(const Paths &paths, Architecture architecture)
{
    const QString demanded = QFile::decodeName(qgetenv("BOXGATE_KERNEL"));
    if (!demanded.isEmpty()) {
        const QFileInfo file(demanded);
        if (!file.isFile() || !file.isReadable())
            return fail(
                ErrorCode::NotFound,
                QStringLiteral("The guest kernel BOXGATE_KERNEL=%1 is no readable file").arg(demanded));
        const QString identity = QStringLiteral("%1 %2 %3")
                                     .arg(file.absoluteFilePath())
                                     .arg(file.size())
                                     .arg(file.lastModified().toMSecsSinceEpoch());
        return GuestKernel{file.absoluteFilePath(), identity};
    }
    const QString name =
        architecture == Architecture::Arm64 ? QStringLiteral("Image") : QStringLiteral("vmlinux");
    for (const QString &kernels : {paths.packagedKernels(), paths.kernels()}) {
        const QString current = kernels + QStringLiteral("/current-") + toString(architecture);
        const QString folder = QFileInfo(current).canonicalFilePath();
        const QFileInfo kernel(folder + QLatin1Char('/') + name);
        if (!folder.isEmpty() && kernel.isFile())
            return GuestKernel{kernel.filePath(), QFileInfo(folder).fileName()};
    }
    return fail(
        ErrorCode::NotFound,
        QStringLiteral("There is no guest kernel in %1: build it with 'installer/dev kernel', or name one "
                       "with BOXGATE_KERNEL")
            .arg(paths.kernels()));
}

} // namespace

int hostCpus() { return QThread::idealThreadCount(); }

AcceleratorContext HostCapabilities::acceleratorContext() const
{
    return {hostKernel, qemu ? qemu->version.toString() : QString(), kernelIdentity};
}

Result<AcceleratorChoice>
HostCapabilities::chooseAccelerator(const AcceleratorMemory &memoryOfBoots,
                                    const QList<AcceleratorExperience> &latest) const
{
    return boxgate::chooseAccelerator(candidates, latest + memoryOfBoots.experiences(acceleratorContext()),
                                      qEnvironmentVariable("BOXGATE_ACCEL"));
}

QCoro::Task<HostCapabilities> HostCapabilities::detect(Paths paths)
{
    HostCapabilities host;
    host.architecture = hostArchitecture();
    host.cpus = hostCpus();
    host.memory = hostMemory();
    host.hostKernel = QSysInfo::kernelVersion();
    host.candidates = acceleratorCandidates();
    host.tscKilohertz = hostTscKilohertz(paths.cacheDirectory());

    const Result<GuestKernel> kernel = findKernel(paths, host.architecture);
    if (kernel) {
        host.kernel = kernel->path;
        host.kernelIdentity = kernel->identity;
    } else {
        host.problems += kernel.error().message;
    }
    if (!QFileInfo(paths.initramfs()).isFile()) {
        host.problems +=
            QStringLiteral("The guest's start-up program %1 is missing: build it with 'installer/dev build'")
                .arg(paths.initramfs());
    }
    const Result<QemuBinary> qemu = co_await findQemu(paths, host.architecture);
    if (qemu)
        host.qemu = *qemu;
    else
        host.problems.prepend(qemu.error().message);
    co_return host;
}

} // namespace boxgate
