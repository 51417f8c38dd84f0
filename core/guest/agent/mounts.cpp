#include "core/guest/agent/mounts.h"

#include "core/guest/agent/descriptor.h"
#include "core/guest/agent/textfile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace boxgate::agent {

namespace {

/// fs/ext4/ext4.h: new size in file system blocks.
constexpr unsigned long Ext4ResizeFs = _IOW('f', 16, std::uint64_t);

struct SystemMount
{
    const char *type;
    const char *path;
    unsigned long flags;
    const char *options;
};

constexpr unsigned long Quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;

/// What every box has besides its root. /tmp stays on the disk: a box's memory is small, and builds fill
/// /tmp.
constexpr SystemMount SystemMounts[] = {
    {"proc", "/proc", Quiet, nullptr},
    {"sysfs", "/sys", Quiet, nullptr},
    {"cgroup2", "/sys/fs/cgroup", Quiet, "nsdelegate,memory_recursiveprot"},
    {"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666"},
    {"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"mqueue", "/dev/mqueue", Quiet, nullptr},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
};

Problem because(const std::string &what) { return what + ": " + strerror(errno); }

void makeFolders(const std::string &path)
{
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        mkdir(path.substr(0, slash).c_str(), 0755);
    mkdir(path.c_str(), 0755);
}

void link(const char *target, const char *path) { [[maybe_unused]] const int failed = symlink(target, path); }

void mountSystem()
{
    for (const SystemMount &entry : SystemMounts) {
        mkdir(entry.path, 0755);
        mount(entry.type, entry.path, entry.type, entry.flags, entry.options);
    }
    link("/proc/self/fd", "/dev/fd");
    link("/proc/self/fd/0", "/dev/stdin");
    link("/proc/self/fd/1", "/dev/stdout");
    link("/proc/self/fd/2", "/dev/stderr");
    chmod("/dev/fuse", 0666);
    chmod("/dev/net/tun", 0666);
    mkdir("/tmp", 01777);
    // Container engines expect their mounts to propagate, as below any other init.
    mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr);
}

} // namespace

void mountEarly()
{
    mkdir("/dev", 0755);
    mkdir("/sys", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
    mount("sysfs", "/sys", "sysfs", Quiet, nullptr);
}

Problem switchToRoot(const std::string &device)
{
    mkdir("/root", 0755);
    // noinit_itable: the kernel would otherwise spend the first minutes of every box writing zeroes over
    // unused inode tables.
    if (mount(device.c_str(), "/root", "ext4", MS_NOATIME, "noinit_itable,discard") != 0)
        return because("cannot mount " + device + " as ext4");
    // The initramfs cannot be pivoted away; the new root is moved on top of it.
    if (chdir("/root") != 0 || mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 || chroot(".") != 0
        || chdir("/") != 0)
        return because("cannot switch to the box's root");
    umask(0);
    mountSystem();
    umask(022);
    writeTextFile("/proc/self/oom_score_adj", "-1000"); // without the agent there is no guest
    return {};
}

Problem growRoot(const std::string &device)
{
    const Descriptor disk(open(device.c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor root(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::uint64_t bytes = 0;
    if (!disk.isOpen() || ioctl(disk.value(), BLKGETSIZE64, &bytes) != 0)
        return because("cannot read the size of " + device);
    // The superblock, at byte 1024: s_blocks_count_lo at 0x4, s_log_block_size at 0x18, s_blocks_count_hi at
    // 0x150.
    std::uint8_t superblock[1024];
    if (pread(disk.value(), superblock, sizeof superblock, 1024) != sizeof superblock)
        return because("cannot read the superblock of " + device);
    const auto field = [&](std::size_t at) {
        std::uint32_t value = 0;
        std::memcpy(&value, superblock + at, sizeof value);
        return value;
    };
    const std::uint64_t present = field(0x4) | static_cast<std::uint64_t>(field(0x150)) << 32;
    std::uint64_t wanted = bytes >> (10 + std::min<std::uint32_t>(field(0x18), 6));
    if (wanted <= present)
        return {};
    if (ioctl(root.value(), Ext4ResizeFs, &wanted) != 0)
        return because("cannot grow the file system on " + device);
    return {};
}

Problem Volumes::mountMissing(const std::vector<guest::GuestMount> &mounts)
{
    for (const guest::GuestMount &volume : mounts) {
        if (std::find(m_paths.begin(), m_paths.end(), volume.path) != m_paths.end())
            continue;
        if (volume.path.empty() || volume.path.front() != '/')
            return "the volume's path '" + volume.path + "' is not absolute";
        makeFolders(volume.path);
        unsigned long flags = MS_NODEV | MS_NOSUID;
        if (volume.readOnly)
            flags |= MS_RDONLY;
        // cache=mmap: shared writable mappings work, nothing else is cached; the host may change the files
        // too.
        if (mount(volume.tag.c_str(), volume.path.c_str(), "9p", flags,
                  "trans=virtio,version=9p2000.L,msize=512000,cache=mmap")
            != 0)
            return because("cannot mount the volume at " + volume.path);
        m_paths.push_back(volume.path);
    }
    return {};
}

void Volumes::unmountAll()
{
    for (auto path = m_paths.rbegin(); path != m_paths.rend(); ++path)
        umount2(path->c_str(), MNT_DETACH);
    m_paths.clear();
}

void settleRoot()
{
    if (mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
        sync();
}

} // namespace boxgate::agent
