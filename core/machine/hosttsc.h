#pragma once

#include <QString>

namespace boxgate {

/// The frequency of the host's time stamp counter in kHz, as a guest under tcg sees it; 0 where there is
/// none. Measured against the monotonic clock in 10 ms, once per boot of the host; kept in a file of
/// cacheDirectory by the boot's id. Why      under tcg a microvm has no clock to calibrate the counter
/// against, and hangs when the kernel tries; rdtsc gives
///          the host's own counter (QEMU cpu_get_tsc)
int hostTscKilohertz(const QString &cacheDirectory);

} // namespace boxgate
