#include "core/runner/processtime.h"

#include <QByteArray>
#include <QFile>
#include <QList>

#include <ctime>
#include <unistd.h>

namespace boxgate {

namespace {

std::chrono::nanoseconds now(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

std::optional<std::chrono::milliseconds> processTime(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QByteArray line = file.readAll();
    // The name in field 2 may hold anything, spaces and parentheses too; field 3 follows its last
    // parenthesis.
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    constexpr int userTime = 14 - 3;
    if (fields.size() <= userTime + 1)
        return std::nullopt;
    const qint64 ticks = fields.at(userTime).toLongLong() + fields.at(userTime + 1).toLongLong();
    return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::chrono::milliseconds timeAsleep()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC));
}

} // namespace boxgate
