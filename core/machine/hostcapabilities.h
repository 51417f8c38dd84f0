#pragma once

#include "core/base/bytes.h"
#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/machine/accelerator.h"
#include "core/machine/machineplan.h"
#include "core/machine/qemubinary.h"

#include <QStringList>

namespace boxgate {

/// Physical memory and processors of the host: the bounds of BoxSpec::check().
Bytes hostMemory();
int hostCpus();

/// What this host gives to machines.
struct HostCapabilities
{
    Architecture architecture = Architecture::X86_64;
    int cpus = 1;
    Bytes memory;
    std::optional<QemuBinary> qemu;
    QString kernel; ///< the guest kernel's file; empty: none
    QString kernelIdentity; ///< changes whenever the kernel does
    QString hostKernel; ///< uname -r
    int tscKilohertz = 0; ///< 0: not x86-64
    QList<AcceleratorCandidate> candidates;
    QStringList
        problems; ///< what keeps boxes from starting, each a sentence with the next step; empty: all is well

    AcceleratorContext acceleratorContext() const;

    /// Looks at the host. About 1 ms; once per QEMU binary and boot some 60 ms more.
    /// Never fails: what is missing is in problems. The initramfs is checked too.
    static QCoro::Task<HostCapabilities> detect(Paths paths);

    /// Which accelerator the next box starts with: the candidates, the memory and BOXGATE_ACCEL.
    /// latest   what this start has learnt and the memory does not hold yet
    Result<AcceleratorChoice> chooseAccelerator(const AcceleratorMemory &memory,
                                                const QList<AcceleratorExperience> &latest = {}) const;
};

} // namespace boxgate
