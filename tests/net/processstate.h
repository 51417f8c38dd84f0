#pragma once

#include <QtGlobal>

namespace boxgate::test {

/// Whether what is resident is what is used: sanitizers keep what was freed, and shadows of all.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool IsMemoryTelling = false;
#else
inline constexpr bool IsMemoryTelling = true;
#endif
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
