#pragma once

#include <QtGlobal>

#include <chrono>
#include <optional>

namespace boxgate {

/// Processor time that a process has used since its start, user and system together; nullopt when it is gone.
/// Source   proc(5), /proc/PID/stat, fields utime and stime
std::optional<std::chrono::milliseconds> processTime(qint64 pid);

/// How long this host has been asleep since it was booted: grows only while it sleeps.
/// Source   clock_gettime(2), CLOCK_BOOTTIME less CLOCK_MONOTONIC
std::chrono::milliseconds timeAsleep();

} // namespace boxgate
