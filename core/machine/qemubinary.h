#pragma once

#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/machine/machineplan.h"

#include <QVersionNumber>

namespace boxgate {

/// A QEMU that can run boxes.
struct QemuBinary
{
    QString path;
    QVersionNumber version;

    /// The first with `-netdev stream`.
    static QVersionNumber minimum() { return QVersionNumber(7, 2); }
};

/// Reads the version from what `qemu --version` prints; null when it is not QEMU's.
QVersionNumber parseQemuVersion(const QByteArray &output);

/// Finds QEMU: BOXGATE_QEMU, else qemu-system-<architecture> in PATH. Its version is cached by path, size and
/// time of modification, because asking costs a process. Errors   NotFound: there is none; Unavailable: too
/// old, or not QEMU; each says what to install
Async<QemuBinary> findQemu(Paths paths, Architecture architecture);

} // namespace boxgate
