#include "core/tree/treeunpacker.h"

#include "core/tree/descriptor.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace boxgate::tree {

namespace {

struct Level
{
    Descriptor folder;
    std::string name;
    Attributes attributes;
    bool isMade = false; // by us: it gets its attributes when it is complete
};

/// For futimens(2): the time of the last access is left alone.
std::array<timespec, 2> timesOf(const Attributes &attributes)
{
    std::array<timespec, 2> times{};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = attributes.modified / 1'000'000'000;
    times[1].tv_nsec = attributes.modified % 1'000'000'000;
    if (times[1].tv_nsec < 0) {
        times[1].tv_nsec += 1'000'000'000;
        --times[1].tv_sec;
    }
    return times;
}

class Unpacker
{
public:
    Unpacker(const UnpackRequest &request, ItemReader &in, const CancelFlag &cancelled)
        : m_request(request)
        , m_in(in)
        , m_cancelled(cancelled)
    { }
    ~Unpacker() { dropFile(); }

    Problem run(Totals &totals);

private:
    Problem place(const Item &root);
    Problem placeAt(const std::string &path);
    Problem take(const Item &item);
    Problem enter(const Item &item);
    Problem leave();
    Problem beginFile(const Item &item);
    Problem addData(BytesView content);
    Problem endFile();
    Problem makeSymlink(const Item &item);
    Problem makeHardLink(const Item &item);
    Problem makeRoom(const std::string &name);
    Problem setAttributes(int fd, const Attributes &attributes, const std::string &name);
    void dropFile();

    int folder() const { return m_levels.back().folder.value(); }
    /// The name under which an item of the innermost folder is made.
    const std::string &nameOf(const Item &item) const { return item.name.empty() ? m_rootName : item.name; }
    std::string shown(const std::string &name) const;

    const UnpackRequest &m_request;
    ItemReader &m_in;
    const CancelFlag &m_cancelled;
    std::string m_rootName; // in the first level's folder; empty: the first level is the root itself
    std::string m_rootPath; // as it is shown
    std::vector<Level> m_levels; // the first one: where the root is made
    Descriptor m_file;
    std::string m_temporary;
    Item m_fileItem;
    std::uint64_t m_written = 0;
};

std::string Unpacker::shown(const std::string &name) const
{
    std::string path = m_rootPath;
    for (std::size_t i = 1; i < m_levels.size(); ++i)
        path += (m_levels[i].name.empty() ? "" : "/") + m_levels[i].name;
    if (m_levels.size() <= 1 || name.empty())
        return path;
    return path + "/" + name;
}

Problem Unpacker::run(Totals &totals)
{
    Item item;
    if (Problem problem = m_in.next(item); !problem.empty())
        return problem;
    if (Problem problem = place(item); !problem.empty())
        return problem;
    for (;;) {
        if (m_cancelled)
            return CancelledProblem;
        if (item.type == ItemType::End) {
            totals = item.totals;
            return {};
        }
        if (Problem problem = take(item); !problem.empty())
            return problem;
        if (Problem problem = m_in.next(item); !problem.empty())
            return problem;
    }
}

/// Finds the folder and the name that the root gets.
Problem Unpacker::place(const Item &root)
{
    const std::string &destination = m_request.destination;
    const bool isFolder = root.type == ItemType::Folder;
    if (destination.empty())
        return "the destination is empty";
    struct stat status
    { };
    const bool exists = stat(destination.c_str(), &status) == 0;
    if (!exists && errno != ENOENT)
        return systemProblem(destination);
    if (m_request.name.empty() && !isFolder)
        return destination + ": only a folder's contents can be put into it";
    if (exists && S_ISDIR(status.st_mode)) {
        if (!m_request.name.empty() && !isName(m_request.name))
            return m_request.name + ": is no name of a file";
        m_rootName = m_request.name;
        m_rootPath = destination;
        if (!m_rootName.empty())
            m_rootPath += (m_rootPath.back() == '/' ? "" : "/") + m_rootName;
        Level level;
        level.folder = Descriptor(open(destination.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!level.folder.isOpen())
            return systemProblem(destination);
        m_levels.push_back(std::move(level));
        return {};
    }
    if (exists && isFolder)
        return destination + ": is no folder, and a folder cannot replace it";
    if (exists && !S_ISREG(status.st_mode))
        return destination + ": is neither a file nor a folder";
    if (!exists && !isFolder && destination.back() == '/')
        return destination + ": there is no such folder";
    if (!exists)
        return placeAt(destination);
    // The file that a link leads to is replaced, as by other programs, and not the link.
    char resolved[PATH_MAX];
    if (!realpath(destination.c_str(), resolved))
        return systemProblem(destination);
    return placeAt(resolved);
}

Problem Unpacker::placeAt(const std::string &path)
{
    const std::size_t last = path.find_last_not_of('/');
    const std::string trimmed = path.substr(0, last == std::string::npos ? 0 : last + 1);
    const std::size_t slash = trimmed.rfind('/');
    m_rootName = slash == std::string::npos ? trimmed : trimmed.substr(slash + 1);
    std::string above = slash == std::string::npos ? "." : trimmed.substr(0, slash);
    if (above.empty())
        above = "/";
    m_rootPath = path;
    if (!isName(m_rootName))
        return path + ": there is no such folder";
    Level level;
    level.folder = Descriptor(open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!level.folder.isOpen())
        return systemProblem(above);
    m_levels.push_back(std::move(level));
    return {};
}

Problem Unpacker::take(const Item &item)
{
    switch (item.type) {
    case ItemType::Folder:
        return enter(item);
    case ItemType::Leave:
        return leave();
    case ItemType::File:
        return beginFile(item);
    case ItemType::Data:
        return addData(item.content);
    case ItemType::Hole:
        m_written += item.size;
        return {};
    case ItemType::FileEnd:
        return endFile();
    case ItemType::Symlink:
        return makeSymlink(item);
    case ItemType::HardLink:
        return makeHardLink(item);
    case ItemType::End:
        break;
    }
    return {};
}

Problem Unpacker::enter(const Item &item)
{
    Level level;
    level.attributes = item.attributes;
    const std::string &name = nameOf(item);
    if (name.empty()) { // the destination itself
        level.folder = Descriptor(fcntl(folder(), F_DUPFD_CLOEXEC, 0));
    } else {
        level.isMade = mkdirat(folder(), name.c_str(), 0700) == 0;
        if (!level.isMade && errno != EEXIST)
            return systemProblem(shown(name));
        level.folder =
            Descriptor(openat(folder(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!level.folder.isOpen() && (errno == ENOTDIR || errno == ELOOP))
            return shown(name) + ": is no folder, and a folder cannot replace it";
    }
    if (!level.folder.isOpen())
        return systemProblem(shown(name));
    level.name = item.name;
    m_levels.push_back(std::move(level));
    return {};
}

Problem Unpacker::leave()
{
    const Level &level = m_levels.back();
    Problem problem;
    if (level.isMade)
        problem = setAttributes(level.folder.value(), level.attributes, {});
    m_levels.pop_back();
    return problem;
}

Problem Unpacker::setAttributes(int fd, const Attributes &attributes, const std::string &name)
{
    std::uint32_t mode = attributes.mode;
    if (m_request.ownership == Ownership::Receiver)
        mode &= 0777;
    else if (fchown(fd, attributes.owner, attributes.group) != 0 && errno != EPERM)
        return systemProblem(shown(name));
    if (fchmod(fd, mode) != 0)
        return systemProblem(shown(name));
    const std::array<timespec, 2> times = timesOf(attributes);
    futimens(fd, times.data()); // what the file system cannot express is not worth a failure
    return {};
}

Problem Unpacker::beginFile(const Item &item)
{
    const std::string &name = nameOf(item);
    struct stat present
    { };
    if (fstatat(folder(), name.c_str(), &present, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(present.st_mode)
        && !S_ISLNK(present.st_mode))
        return shown(name) + ": is no file, and a file cannot replace it";
    const std::string prefix = ".boxgate-" + std::to_string(getpid()) + "-";
    for (int attempt = 0; attempt < 100 && !m_file.isOpen(); ++attempt) {
        m_temporary = prefix + std::to_string(attempt);
        m_file = Descriptor(openat(folder(), m_temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!m_file.isOpen() && errno != EEXIST)
            break;
    }
    if (!m_file.isOpen())
        return systemProblem(shown(name));
    m_fileItem = item;
    m_fileItem.name = name;
    m_written = 0;
    return {};
}

Problem Unpacker::addData(BytesView content)
{
    while (!content.empty()) {
        const ssize_t count =
            pwrite(m_file.value(), content.data(), content.size(), static_cast<off_t>(m_written));
        if (count < 0 && errno == EINTR && !m_cancelled)
            continue;
        if (count <= 0)
            return m_cancelled ? Problem(CancelledProblem) : systemProblem(shown(m_fileItem.name));
        m_written += static_cast<std::uint64_t>(count);
        content = content.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Problem Unpacker::endFile()
{
    const std::string &name = m_fileItem.name;
    if (ftruncate(m_file.value(), static_cast<off_t>(m_written)) != 0) // a hole at the end has no bytes yet
        return systemProblem(shown(name));
    if (Problem problem = setAttributes(m_file.value(), m_fileItem.attributes, name); !problem.empty())
        return problem;
    if (renameat(folder(), m_temporary.c_str(), folder(), name.c_str()) != 0)
        return systemProblem(shown(name));
    m_temporary.clear();
    m_file.reset();
    return {};
}

void Unpacker::dropFile()
{
    if (m_file.isOpen() && !m_temporary.empty())
        unlinkat(folder(), m_temporary.c_str(), 0);
    m_file.reset();
}

/// Removes a file or link that stands where another is to be made.
Problem Unpacker::makeRoom(const std::string &name)
{
    struct stat present
    { };
    if (fstatat(folder(), name.c_str(), &present, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? Problem() : systemProblem(shown(name));
    if (!S_ISREG(present.st_mode) && !S_ISLNK(present.st_mode))
        return shown(name) + ": is no file, and a link cannot replace it";
    if (unlinkat(folder(), name.c_str(), 0) != 0)
        return systemProblem(shown(name));
    return {};
}

Problem Unpacker::makeSymlink(const Item &item)
{
    const std::string &name = nameOf(item);
    if (Problem problem = makeRoom(name); !problem.empty())
        return problem;
    if (symlinkat(item.target.c_str(), folder(), name.c_str()) != 0)
        return systemProblem(shown(name));
    if (m_request.ownership == Ownership::Sent
        && fchownat(folder(), name.c_str(), item.attributes.owner, item.attributes.group, AT_SYMLINK_NOFOLLOW)
            != 0
        && errno != EPERM)
        return systemProblem(shown(name));
    utimensat(folder(), name.c_str(), timesOf(item.attributes).data(), AT_SYMLINK_NOFOLLOW);
    return {};
}

Problem Unpacker::makeHardLink(const Item &item)
{
    const std::string &name = nameOf(item);
    if (m_levels.size() < 2)
        return shown(name) + ": a link has no folder";
    Descriptor above(fcntl(m_levels[1].folder.value(), F_DUPFD_CLOEXEC, 0));
    std::size_t begin = 0;
    for (std::size_t slash = item.target.find('/'); slash != std::string::npos && above.isOpen();
         slash = item.target.find('/', begin)) {
        const std::string part = item.target.substr(begin, slash - begin);
        above =
            Descriptor(openat(above.value(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        begin = slash + 1;
    }
    const std::string last = item.target.substr(begin);
    struct stat first
    { };
    if (!above.isOpen() || fstatat(above.value(), last.c_str(), &first, AT_SYMLINK_NOFOLLOW) != 0)
        return systemProblem(shown(name));
    if (!S_ISREG(first.st_mode))
        return shown(name) + ": what it links to is no file";
    struct stat present
    { };
    if (fstatat(folder(), name.c_str(), &present, AT_SYMLINK_NOFOLLOW) == 0 && present.st_dev == first.st_dev
        && present.st_ino == first.st_ino)
        return {};
    if (Problem problem = makeRoom(name); !problem.empty())
        return problem;
    if (linkat(above.value(), last.c_str(), folder(), name.c_str(), 0) != 0)
        return systemProblem(shown(name));
    return {};
}

} // namespace

Problem unpackTree(const UnpackRequest &request, ItemReader &in, const CancelFlag &cancelled, Totals &totals)
{
    return Unpacker(request, in, cancelled).run(totals);
}

} // namespace boxgate::tree
