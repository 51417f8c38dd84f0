#include "core/machine/accelerator.h"

#include "core/base/descriptor.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace boxgate {

namespace {

QString kvmObstacle(int errnum)
{
    switch (errnum) {
    case ENOENT:
        return QStringLiteral(
            "there is no /dev/kvm (hardware virtualisation is off in the firmware, or this host is a "
            "virtual machine without it)");
    case EACCES:
    case EPERM:
        return QStringLiteral(
            "you may not use /dev/kvm ('sudo usermod -aG kvm $USER' and a new login change that)");
    default:
        return QStringLiteral("/dev/kvm does not open: %1")
            .arg(QString::fromLocal8Bit(std::strerror(errnum)));
    }
}

} // namespace

QList<AcceleratorCandidate> acceleratorCandidates()
{
    AcceleratorCandidate kvm;
    kvm.accelerator = Accelerator::Kvm;
    const Descriptor device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    const int errnum = errno;
    kvm.present = device.isValid();
    if (!kvm.present)
        kvm.obstacle = kvmObstacle(errnum);
    AcceleratorCandidate tcg;
    tcg.accelerator = Accelerator::Tcg;
    tcg.present = true;
    return {kvm, tcg};
}

} // namespace boxgate
