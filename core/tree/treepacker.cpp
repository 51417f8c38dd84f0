#include "core/tree/treepacker.h"

#include "core/tree/descriptor.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>

namespace boxgate::tree {

namespace {

Attributes attributesOf(const struct stat &status)
{
    Attributes attributes;
    attributes.mode = status.st_mode & 07777u;
    attributes.owner = status.st_uid;
    attributes.group = status.st_gid;
    attributes.modified = std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    return attributes;
}

class Packer
{
public:
    Packer(const PackRequest &request, ItemWriter &out, const CancelFlag &cancelled, Totals &totals)
        : m_request(request)
        , m_out(out)
        , m_cancelled(cancelled)
        , m_totals(totals)
    { }

    Problem run();

private:
    Problem packEntry(int folder, const std::string &name, const struct stat &status);
    Problem packFolder(Descriptor folder, const std::string &name, const struct stat &status);
    Problem packEntries(int folder);
    Problem packFile(const Descriptor &file, const std::string &name, const struct stat &status);
    Problem packContent(const Descriptor &file, const struct stat &status);
    Problem packData(int file, std::uint64_t from, std::uint64_t to);
    Problem packLink(int folder, const char *path, const std::string &name, const struct stat &status);
    bool isKnownLink(const struct stat &status, std::string &target);
    std::string shown(const std::string &name) const;

    const PackRequest &m_request;
    ItemWriter &m_out;
    const CancelFlag &m_cancelled;
    Totals &m_totals;
    dev_t m_device = 0;
    std::size_t m_depth = 0;
    /// Below the root, without a slash at either end.
    std::string m_path;
    std::map<std::pair<dev_t, ino_t>, std::string> m_links;
    Bytes m_buffer = Bytes(MaxDataBytes);
};

std::string joined(const std::string &folder, const std::string &name)
{
    return folder.empty() ? name : folder + "/" + name;
}

std::string Packer::shown(const std::string &name) const
{
    const std::string inner = name.empty() ? m_path : joined(m_path, name);
    return inner.empty() ? m_request.path : m_request.path + "/" + inner;
}

Problem Packer::run()
{
    struct stat status
    { };
    const char *const path = m_request.path.c_str();
    if (fstatat(AT_FDCWD, path, &status, m_request.followLink ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return systemProblem(m_request.path);
    m_device = status.st_dev;
    Problem problem;
    if (S_ISLNK(status.st_mode)) {
        problem = packLink(AT_FDCWD, path, {}, status);
    } else if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) {
        Descriptor opened(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (!opened.isOpen() || fstat(opened.value(), &status) != 0)
            return systemProblem(m_request.path);
        problem = S_ISDIR(status.st_mode) ? packFolder(std::move(opened), {}, status)
                                          : packFile(opened, {}, status);
    } else {
        return m_request.path + ": is neither a file, a folder nor a link";
    }
    if (!problem.empty())
        return problem;
    Item end;
    end.type = ItemType::End;
    end.totals = m_totals;
    problem = m_out.write(end);
    return problem.empty() ? m_out.flush() : problem;
}

Problem Packer::packEntry(int folder, const std::string &name, const struct stat &status)
{
    if (S_ISLNK(status.st_mode))
        return packLink(folder, name.c_str(), name, status);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
        ++m_totals.leftOut;
        return {};
    }
    Descriptor opened(
        openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat present
    { };
    if (!opened.isOpen() || fstat(opened.value(), &present) != 0)
        return errno == ENOENT ? Problem() : systemProblem(shown(name));
    if (S_ISDIR(present.st_mode))
        return packFolder(std::move(opened), name, present);
    if (S_ISREG(present.st_mode))
        return packFile(opened, name, present);
    ++m_totals.leftOut; // it was another thing a moment ago
    return {};
}

Problem Packer::packFolder(Descriptor folder, const std::string &name, const struct stat &status)
{
    if (m_depth >= MaxDepth)
        return shown(name) + ": the folders are nested too deeply";
    Item item;
    item.type = ItemType::Folder;
    item.name = name;
    item.attributes = attributesOf(status);
    if (Problem problem = m_out.write(item); !problem.empty())
        return problem;
    const std::size_t length = m_path.size();
    if (!name.empty())
        m_path = joined(m_path, name);
    ++m_depth;
    if (m_request.oneFileSystem && status.st_dev != m_device)
        ++m_totals.leftOut;
    else if (Problem problem = packEntries(folder.value()); !problem.empty())
        return problem;
    --m_depth;
    m_path.resize(length);
    item = Item();
    item.type = ItemType::Leave;
    return m_out.write(item);
}

Problem Packer::packEntries(int folder)
{
    const int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR *const entries = copy >= 0 ? fdopendir(copy) : nullptr;
    if (!entries) {
        const Problem problem = systemProblem(shown({}));
        if (copy >= 0)
            close(copy);
        return problem;
    }
    Problem problem;
    while (problem.empty()) {
        if (m_cancelled) {
            problem = CancelledProblem;
            break;
        }
        errno = 0;
        const dirent *const entry = readdir(entries);
        if (!entry) {
            if (errno != 0)
                problem = systemProblem(shown({}));
            break;
        }
        const std::string name = entry->d_name;
        if (!isName(name))
            continue;
        struct stat status
        { };
        if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT)
                problem = systemProblem(shown(name));
            continue;
        }
        problem = packEntry(folder, name, status);
    }
    closedir(entries);
    return problem;
}

Problem Packer::packLink(int folder, const char *path, const std::string &name, const struct stat &status)
{
    std::string target(MaxTargetBytes + 1, '\0');
    const ssize_t length = readlinkat(folder, path, target.data(), target.size());
    if (length <= 0)
        return errno == ENOENT ? Problem() : systemProblem(shown(name));
    Item item;
    item.type = ItemType::Symlink;
    item.name = name;
    item.attributes = attributesOf(status);
    item.target = target.substr(0, std::min(static_cast<std::size_t>(length), MaxTargetBytes));
    ++m_totals.files;
    return m_out.write(item);
}

/// Whether a file was sent under another name; remembers it otherwise.
bool Packer::isKnownLink(const struct stat &status, std::string &target)
{
    if (status.st_nlink < 2 || m_depth == 0)
        return false;
    const std::pair<dev_t, ino_t> file{status.st_dev, status.st_ino};
    const auto known = m_links.find(file);
    if (known == m_links.end()) {
        if (m_links.size() < MaxKnownLinks && target.size() <= MaxTargetBytes)
            m_links.emplace(file, target);
        return false;
    }
    target = known->second;
    return true;
}

Problem Packer::packFile(const Descriptor &file, const std::string &name, const struct stat &status)
{
    ++m_totals.files;
    Item item;
    item.name = name;
    item.target = joined(m_path, name);
    if (isKnownLink(status, item.target)) {
        item.type = ItemType::HardLink;
        return m_out.write(item);
    }
    item.type = ItemType::File;
    item.attributes = attributesOf(status);
    item.size = static_cast<std::uint64_t>(status.st_size);
    if (Problem problem = m_out.write(item); !problem.empty())
        return problem;
    if (Problem problem = packContent(file, status); !problem.empty())
        return problem == CancelledProblem ? problem : shown(name) + problem;
    item = Item();
    item.type = ItemType::FileEnd;
    return m_out.write(item);
}

/// A problem here begins with ": ".
Problem Packer::packContent(const Descriptor &file, const struct stat &status)
{
    const int fd = file.value();
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size == 0) // as files in /proc have, whatever is in them
        return packData(fd, 0, MaxFileBytes);
    const bool isSparse = std::uint64_t(status.st_blocks) * 512 < size;
    std::uint64_t at = 0;
    while (at < size) {
        std::uint64_t begin = at;
        std::uint64_t end = size;
        if (isSparse) {
            const off_t data = lseek(fd, static_cast<off_t>(at), SEEK_DATA);
            if (data >= 0 || errno == ENXIO) // ENXIO: only a hole is left
                begin = data >= 0 ? std::min(static_cast<std::uint64_t>(data), size) : size;
            const off_t hole = begin < size ? lseek(fd, static_cast<off_t>(begin), SEEK_HOLE) : -1;
            if (hole >= 0)
                end = std::min(static_cast<std::uint64_t>(hole), size);
        }
        if (begin > at) {
            Item item;
            item.type = ItemType::Hole;
            item.size = begin - at;
            if (Problem problem = m_out.write(item); !problem.empty())
                return problem;
        }
        if (begin < end) {
            if (Problem problem = packData(fd, begin, end); !problem.empty())
                return problem;
        }
        at = end;
    }
    return {};
}

Problem Packer::packData(int file, std::uint64_t from, std::uint64_t to)
{
    while (from < to) {
        if (m_cancelled)
            return CancelledProblem;
        const std::size_t wanted = std::min<std::uint64_t>(m_buffer.size(), to - from);
        const ssize_t count = pread(file, m_buffer.data(), wanted, static_cast<off_t>(from));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return {};
        if (count < 0)
            return systemProblem({});
        if (count == 0)
            return {}; // it has become shorter
        Item item;
        item.type = ItemType::Data;
        item.content = BytesView(m_buffer.data(), static_cast<std::size_t>(count));
        if (Problem problem = m_out.write(item); !problem.empty())
            return problem;
        from += static_cast<std::uint64_t>(count);
        m_totals.bytes += static_cast<std::uint64_t>(count);
    }
    return {};
}

} // namespace

Problem packTree(const PackRequest &request, ItemWriter &out, const CancelFlag &cancelled, Totals &totals)
{
    return Packer(request, out, cancelled, totals).run();
}

} // namespace boxgate::tree
