#include "tests/core/image/disk/treelisting.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

namespace boxgate {

namespace {

QByteArray digestOf(const QCryptographicHash &hash) { return hash.result().toHex().left(16); }

QByteArray typeOf(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "link";
    case S_IFCHR:
        return "character device";
    case S_IFBLK:
        return "block device";
    case S_IFIFO:
        return "fifo";
    default:
        return "other";
    }
}

QByteArray timeOf(qint64 seconds, qint64 nanoseconds)
{
    return QByteArray::number(seconds) + '.' + QByteArray::number(nanoseconds).rightJustified(9, '0');
}

QByteArray deviceOf(unsigned major, unsigned minor)
{
    return QByteArray::number(major) + ':' + QByteArray::number(minor);
}

ListedFile begin(unsigned mode, quint32 uid, quint32 gid)
{
    ListedFile file;
    file["type"] = typeOf(mode);
    file["mode"] = QByteArray::number(mode & 07777, 8);
    file["uid"] = QByteArray::number(uid);
    file["gid"] = QByteArray::number(gid);
    return file;
}

/// Tells each file of several names about all of them.
void nameLinks(TreeListing &listing, const std::map<quint64, QList<QByteArray>> &names)
{
    for (const auto &[inode, paths] : names) {
        QList<QByteArray> sorted = paths;
        std::sort(sorted.begin(), sorted.end());
        for (const QByteArray &path : paths)
            listing[path]["names"] = sorted.join(' ');
    }
}

ListedFile describe(const QByteArray &path, const struct stat &stat)
{
    ListedFile file = begin(stat.st_mode, stat.st_uid, stat.st_gid);
    file["mtime"] = timeOf(stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec);
    if (S_ISREG(stat.st_mode)) {
        file["size"] = QByteArray::number(qint64(stat.st_size));
        QFile contents(QFile::decodeName(path));
        const int descriptor = ::open(path.constData(), O_RDONLY | O_CLOEXEC);
        QCryptographicHash hash(QCryptographicHash::Sha256);
        if (contents.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
            hash.addData(&contents);
        file["contents"] = digestOf(hash);
    } else if (S_ISLNK(stat.st_mode)) {
        QByteArray target(4096, '\0');
        target.truncate(std::max<ssize_t>(::readlink(path.constData(), target.data(), 4096), 0));
        file["target"] = target;
    } else if (S_ISCHR(stat.st_mode) || S_ISBLK(stat.st_mode)) {
        file["device"] = deviceOf(major(stat.st_rdev), minor(stat.st_rdev));
    }
    QByteArray list(65536, '\0');
    list.truncate(std::max<ssize_t>(::llistxattr(path.constData(), list.data(), 65536), 0));
    for (const QByteArray &name : list.split('\0')) {
        if (name.isEmpty())
            continue;
        QByteArray value(65536, '\0');
        value.truncate(
            std::max<ssize_t>(::lgetxattr(path.constData(), name.constData(), value.data(), 65536), 0));
        file["xattr " + name] = value.toHex();
    }
    return file;
}

/// A file system that is open for reading.
class Ext4Reader
{
public:
    explicit Ext4Reader(const QString &image)
    {
        if (ext2fs_open(QFile::encodeName(image).constData(), EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &m_fs)
            != 0)
            qFatal("libext2fs cannot open %s", qPrintable(image));
    }
    ~Ext4Reader() { ext2fs_close_free(&m_fs); }
    Q_DISABLE_COPY(Ext4Reader)

    ListedFile describe(ext2_ino_t number, bool &isDirectory) const
    {
        ext2_inode_large inode{};
        check(ext2fs_read_inode_full(m_fs, number, reinterpret_cast<ext2_inode *>(&inode), sizeof inode));
        isDirectory = LINUX_S_ISDIR(inode.i_mode);
        ListedFile file = begin(inode.i_mode, inode_uid(inode), inode_gid(inode));
        file["mtime"] = timeOf(qint64(qint32(inode.i_mtime)) + (qint64(inode.i_mtime_extra & 3) << 32),
                               inode.i_mtime_extra >> 2);
        if (LINUX_S_ISREG(inode.i_mode)) {
            file["size"] = QByteArray::number(EXT2_I_SIZE(&inode));
            QCryptographicHash hash(QCryptographicHash::Sha256);
            readAll(number, [&](const QByteArray &part) { hash.addData(part); });
            file["contents"] = digestOf(hash);
        } else if (LINUX_S_ISLNK(inode.i_mode)) {
            QByteArray target(reinterpret_cast<const char *>(inode.i_block), qsizetype(sizeof inode.i_block));
            target.truncate(qsizetype(inode.i_size));
            if (inode.i_size >= sizeof inode.i_block) {
                target.clear();
                readAll(number, [&](const QByteArray &part) { target += part; });
            }
            file["target"] = target;
        } else if (LINUX_S_ISCHR(inode.i_mode) || LINUX_S_ISBLK(inode.i_mode)) {
            const quint32 wide = inode.i_block[1];
            file["device"] = inode.i_block[0]
                ? deviceOf(inode.i_block[0] >> 8, inode.i_block[0] & 0xFF)
                : deviceOf((wide >> 8) & 0xFFF, (wide & 0xFF) | ((wide >> 12) & 0xFFF00));
        }
        addXattrs(number, file);
        return file;
    }

    QList<std::pair<QByteArray, ext2_ino_t>> names(ext2_ino_t directory) const
    {
        QList<std::pair<QByteArray, ext2_ino_t>> names;
        check(ext2fs_dir_iterate(m_fs, directory, 0, nullptr, onName, &names));
        return names;
    }

private:
    static void check(errcode_t code)
    {
        if (code != 0)
            qFatal("libext2fs: %ld", code);
    }

    static int onName(ext2_dir_entry *entry, int, int, char *, void *context)
    {
        const QByteArray name(entry->name, ext2fs_dirent_name_len(entry));
        if (name != "." && name != "..")
            static_cast<QList<std::pair<QByteArray, ext2_ino_t>> *>(context)->append({name, entry->inode});
        return 0;
    }

    template <typename Take> void readAll(ext2_ino_t number, Take take) const
    {
        ext2_file_t file = nullptr;
        check(ext2fs_file_open(m_fs, number, 0, &file));
        QByteArray part(1 << 20, '\0');
        for (;;) {
            unsigned count = 0;
            check(ext2fs_file_read(file, part.data(), unsigned(part.size()), &count));
            if (count == 0)
                break;
            take(part.left(qsizetype(count)));
        }
        ext2fs_file_close(file);
    }

    static int onXattr(char *name, char *, size_t, void *context)
    {
        static_cast<QList<QByteArray> *>(context)->append(QByteArray(name));
        return 0;
    }

    /// The kernel gives -1 for the ids of entries that have none, libext2fs 0 (Linux posix_acl_xattr.h: a
    /// version, then tag, permissions and id of each entry).
    static void setUnusedIds(QByteArray &list)
    {
        for (qsizetype at = 4; at + 8 <= list.size(); at += 8) {
            const bool hasId = list[at] == 0x02 || list[at] == 0x08;
            if (!hasId)
                list.replace(at + 4, 4, QByteArray(4, '\xFF'));
        }
    }

    void addXattrs(ext2_ino_t number, ListedFile &file) const
    {
        ext2_xattr_handle *handle = nullptr;
        check(ext2fs_xattrs_open(m_fs, number, &handle));
        check(ext2fs_xattrs_read(handle));
        QList<QByteArray> names;
        check(ext2fs_xattrs_iterate(handle, onXattr, &names));
        // Access lists have another form on the disk: what is asked for by name is converted.
        for (const QByteArray &name : names) {
            void *value = nullptr;
            std::size_t size = 0;
            check(ext2fs_xattr_get(handle, name.constData(), &value, &size));
            QByteArray bytes(static_cast<const char *>(value), qsizetype(size));
            if (name.startsWith("system.posix_acl_"))
                setUnusedIds(bytes);
            file["xattr " + name] = bytes.toHex();
            ext2fs_free_mem(&value);
        }
        ext2fs_xattrs_close(&handle);
    }

    ext2_filsys m_fs = nullptr;
};

} // namespace

TreeListing listDirectory(const QString &directory)
{
    TreeListing listing;
    std::map<quint64, QList<QByteArray>> names;
    const QByteArray top = QFile::encodeName(directory);
    std::vector<QByteArray> pending{""};
    while (!pending.empty()) {
        const QByteArray path = pending.back();
        pending.pop_back();
        struct stat stat
        { };
        if (::lstat((top + path).constData(), &stat) != 0)
            qFatal("cannot stat %s", path.constData());
        const QByteArray shown = path.isEmpty() ? QByteArray("/") : path;
        listing[shown] = describe(top + path, stat);
        if (!S_ISDIR(stat.st_mode)) {
            names[stat.st_ino].append(shown);
            continue;
        }
        DIR *const stream = ::opendir((top + path).constData());
        while (const dirent *entry = stream ? ::readdir(stream) : nullptr) {
            const QByteArray name(entry->d_name);
            if (name != "." && name != "..")
                pending.push_back(path + '/' + name);
        }
        ::closedir(stream);
    }
    nameLinks(listing, names);
    return listing;
}

TreeListing listExt4(const QString &image)
{
    const Ext4Reader reader(image);
    TreeListing listing;
    std::map<quint64, QList<QByteArray>> names;
    std::vector<std::pair<QByteArray, ext2_ino_t>> pending{{"", EXT2_ROOT_INO}};
    while (!pending.empty()) {
        const auto [path, inode] = pending.back();
        pending.pop_back();
        const QByteArray shown = path.isEmpty() ? QByteArray("/") : path;
        bool isDirectory = false;
        listing[shown] = reader.describe(inode, isDirectory);
        if (!isDirectory) {
            names[inode].append(shown);
            continue;
        }
        const auto children = reader.names(inode);
        if (path == "/lost+found" && children.isEmpty())
            listing.erase(shown);
        for (const auto &[name, child] : children)
            pending.emplace_back(path + '/' + name, child);
    }
    nameLinks(listing, names);
    return listing;
}

QList<QByteArray> differences(const TreeListing &actual, const TreeListing &expected)
{
    QList<QByteArray> lines;
    for (const auto &[path, file] : expected) {
        const auto found = actual.find(path);
        if (found == actual.end()) {
            lines.append(path + " is missing");
            continue;
        }
        const ListedFile &other = found->second;
        QList<QByteArray> words = file.keys() + other.keys();
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        for (const QByteArray &word : words) {
            if (other.value(word) != file.value(word))
                lines.append(path + ' ' + word + ": " + other.value(word) + ", expected " + file.value(word));
        }
    }
    for (const auto &[path, file] : actual) {
        if (expected.find(path) == expected.end())
            lines.append(path + " is too much");
    }
    return lines;
}

} // namespace boxgate
