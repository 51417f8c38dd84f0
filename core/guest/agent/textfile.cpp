#include "core/guest/agent/textfile.h"

#include "core/guest/agent/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace boxgate::agent {

namespace {

std::string readAll(int fd, std::size_t limit)
{
    std::string text;
    char buffer[4096];
    while (text.size() < limit) {
        const ssize_t count = read(fd, buffer, std::min(sizeof buffer, limit - text.size()));
        if (count <= 0)
            break;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
}

bool writeAll(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t count = write(fd, text.data(), text.size());
        if (count <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

int openBeneathRoot(const char *path, int flags)
{
    const Descriptor root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(syscall(SYS_openat2, root.value(), path, &how, sizeof how));
}

/// Writes into the blocks that an ordinary file already has: the first start of a box makes, moves and frees
/// nothing in its file system for this, and under tcg code that runs for the first time is what costs. The
/// file is written at every start, so a cut-off write is mended by the next one.
bool writeInPlace(int folder, const char *name, std::string_view text)
{
    const Descriptor file(openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat status
    { };
    // A second name of the file may be something else's.
    if (!file.isOpen() || fstat(file.value(), &status) != 0 || !S_ISREG(status.st_mode)
        || status.st_nlink != 1)
        return false;
    if (readAll(file.value(), text.size() + 1) == text)
        return true;
    return lseek(file.value(), 0, SEEK_SET) == 0 && writeAll(file.value(), text)
        && ftruncate(file.value(), static_cast<off_t>(text.size())) == 0;
}

} // namespace

std::string readTextFile(const std::string &path, std::size_t limit)
{
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status
    { };
    if (!file.isOpen() || fstat(file.value(), &status) != 0 || !S_ISREG(status.st_mode))
        return {};
    return readAll(file.value(), limit);
}

bool writeTextFile(const std::string &path, std::string_view text)
{
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    return file.isOpen() && writeAll(file.value(), text);
}

int replaceEtcFile(const char *name, std::string_view text)
{
    mkdir("/etc", 0755); // usually there
    const Descriptor etc(openBeneathRoot("etc", O_RDONLY | O_DIRECTORY));
    if (!etc.isOpen())
        return errno;
    if (writeInPlace(etc.value(), name, text))
        return 0;
    const std::string temporary = std::string(".boxgate-") + name;
    unlinkat(etc.value(), temporary.c_str(), 0);
    const Descriptor file(
        openat(etc.value(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.isOpen())
        return errno;
    if (!writeAll(file.value(), text) || renameat(etc.value(), temporary.c_str(), etc.value(), name) != 0) {
        const int reason = errno;
        unlinkat(etc.value(), temporary.c_str(), 0);
        return reason;
    }
    return 0;
}

} // namespace boxgate::agent
