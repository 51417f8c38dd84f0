#include "core/guest/agent/usage.h"

#include "core/guest/agent/textfile.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <dirent.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace boxgate::agent {

namespace {

/// The value in kB of a line of /proc/meminfo, in bytes.
std::uint64_t memoryField(const std::string &text, const char *name)
{
    const std::size_t at = text.find(name);
    return at == std::string::npos
        ? 0
        : std::strtoull(text.c_str() + at + std::char_traits<char>::length(name), nullptr, 10) * 1024;
}

void measureCpu(guest::Usage &usage)
{
    // "cpu  user nice system idle iowait irq softirq steal ...", in ticks (proc(5))
    const std::string text = readTextFile("/proc/stat", 512);
    std::uint64_t ticks[8] = {};
    const char *at = text.c_str() + std::min<std::size_t>(text.size(), 3);
    for (std::uint64_t &value : ticks) {
        char *end = nullptr;
        value = std::strtoull(at, &end, 10);
        at = end;
    }
    const auto perTick = std::chrono::nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
    const auto time = [&perTick](std::uint64_t count) { return perTick * static_cast<long>(count); };
    usage.cpuUser = time(ticks[0] + ticks[1]);
    usage.cpuSystem = time(ticks[2] + ticks[5] + ticks[6]);
    usage.cpuIdle = time(ticks[3] + ticks[4]);
}

/// All processes less the kernel's, which are the children of kthreadd, process 2. The agent itself does not
/// count either.
std::uint32_t countProcesses()
{
    std::uint32_t all = 0;
    if (DIR *proc = opendir("/proc")) {
        while (const dirent *entry = readdir(proc))
            all += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
        closedir(proc);
    }
    const std::string kernel = readTextFile("/proc/2/task/2/children", 64 * 1024);
    const auto kernelThreads = static_cast<std::uint32_t>(std::count(kernel.begin(), kernel.end(), ' '));
    const std::uint32_t others = kernelThreads + 2;
    return all > others ? all - others : 0;
}

} // namespace

guest::Usage measureUsage()
{
    guest::Usage usage;
    measureCpu(usage);
    const std::string memory = readTextFile("/proc/meminfo", 4096);
    usage.memoryTotal = memoryField(memory, "MemTotal:");
    usage.memoryAvailable = memoryField(memory, "MemAvailable:");
    usage.memoryUsed = usage.memoryTotal - std::min(usage.memoryTotal, usage.memoryAvailable);
    struct statvfs disk
    { };
    if (statvfs("/", &disk) == 0) {
        usage.diskTotal = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
        usage.diskFree = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    }
    usage.processes = countProcesses();
    timespec uptime{};
    clock_gettime(CLOCK_BOOTTIME, &uptime);
    usage.uptime = std::chrono::seconds(uptime.tv_sec) + std::chrono::nanoseconds(uptime.tv_nsec);
    return usage;
}

} // namespace boxgate::agent
