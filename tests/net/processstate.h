#pragma once

#include <QtGlobal>

namespace boxgate::test {

/// Bytes of this process's memory that are resident now, from /proc/self/status; VmRSS.
qint64 residentBytes();
/// The most that were resident since forgetPeak(); VmHWM.
qint64 peakResidentBytes();
void forgetPeak();

/// How many descriptors this process has open.
int openDescriptors();

/// Raises the limit on descriptors as far as the system lets it. Returns  whether `wanted` are possible now
bool allowDescriptors(quint64 wanted);

} // namespace boxgate::test
