#include "core/image/disk/layerreader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <locale.h>
#include <utility>

namespace boxgate {

namespace {

struct ArchiveFree
{
    void operator()(archive *handle) const { archive_read_free(handle); }
};
using ArchivePointer = std::unique_ptr<archive, ArchiveFree>;

/// libarchive converts the names in pax headers to the thread's locale. Under UTF-8 it hands every name over
/// byte for byte, valid or not (then with a warning), whatever locale the program runs in.
class ByteNames
{
public:
    ByteNames()
        : m_before(::uselocale(utf8()))
    { }
    ~ByteNames() { ::uselocale(m_before); }
    Q_DISABLE_COPY(ByteNames)

private:
    static locale_t utf8()
    {
        static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return locale;
    }

    locale_t m_before;
};

QString archiveText(archive *handle)
{
    const char *text = archive_error_string(handle);
    return text ? QString::fromLocal8Bit(text) : QString();
}

bool isStored(const QByteArray &name)
{
    return name.startsWith("user.") || name.startsWith("security.") || name == "system.posix_acl_access"
        || name == "system.posix_acl_default"
        || (name.startsWith("trusted.") && !name.startsWith("trusted.overlay."));
}

QList<std::pair<QByteArray, QByteArray>> xattrsOf(archive_entry *entry)
{
    QList<std::pair<QByteArray, QByteArray>> list;
    const char *name = nullptr;
    const void *value = nullptr;
    std::size_t size = 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        const QByteArray key(name);
        if (isStored(key))
            list.emplaceBack(key, QByteArray(static_cast<const char *>(value), qsizetype(size)));
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    return list;
}

std::optional<FileType> typeOf(archive_entry *entry)
{
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return FileType::Regular;
    case AE_IFDIR:
        return FileType::Directory;
    case AE_IFLNK:
        return FileType::Symlink;
    case AE_IFCHR:
        return FileType::CharacterDevice;
    case AE_IFBLK:
        return FileType::BlockDevice;
    case AE_IFIFO:
        return FileType::Fifo;
    default:
        return std::nullopt;
    }
}

} // namespace

struct LayerReader::Tar
{
    std::unique_ptr<LayerStream> stream;
    QByteArray chunk; ///< what libarchive reads at present
    std::optional<Error> failure; ///< of the stream
    ArchivePointer archive{archive_read_new()};

    tl::unexpected<Error> damaged(const QString &why) const
    {
        if (failure)
            return fail(*failure);
        return stream->damaged(why, archiveText(archive.get()));
    }

    static la_ssize_t onRead(struct archive *handle, void *context, const void **buffer)
    {
        auto *self = static_cast<Tar *>(context);
        Result<QByteArray> next = self->stream->next();
        if (!next) {
            self->failure = next.error();
            archive_set_error(handle, EIO, "read failed");
            return -1;
        }
        self->chunk = std::move(*next);
        *buffer = self->chunk.constData();
        return self->chunk.size();
    }
};

LayerReader::LayerReader(std::unique_ptr<Tar> tar)
    : m_tar(std::move(tar))
{ }

LayerReader::~LayerReader() = default;

Result<std::unique_ptr<LayerReader>> LayerReader::open(std::unique_ptr<LayerStream> stream)
{
    auto tar = std::make_unique<Tar>();
    tar->stream = std::move(stream);
    archive *const handle = tar->archive.get();
    archive_read_support_format_tar(handle);
    archive_read_support_format_empty(handle);
    const ByteNames names;
    if (archive_read_open(handle, tar.get(), nullptr, Tar::onRead, nullptr) != ARCHIVE_OK)
        return tar->damaged(QStringLiteral("it is no tar archive"));
    return std::unique_ptr<LayerReader>(new LayerReader(std::move(tar)));
}

Result<std::optional<LayerEntry>> LayerReader::next()
{
    const ByteNames names;
    archive *const tar = m_tar->archive.get();
    for (;;) {
        archive_entry *header = nullptr;
        const int status = archive_read_next_header(tar, &header);
        if (status == ARCHIVE_EOF) {
            const Result<void> verified = m_tar->stream->verify();
            BOXGATE_TRY(verified);
            return std::optional<LayerEntry>();
        }
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return m_tar->damaged(QStringLiteral("its archive cannot be read"));
        const char *path = archive_entry_pathname(header);
        const char *hardLink = archive_entry_hardlink(header);
        const std::optional<FileType> type = typeOf(header);
        if (!path || (!type && !hardLink))
            continue;
        LayerEntry entry;
        entry.path = path;
        entry.hardLink = hardLink ? QByteArray(hardLink) : QByteArray();
        FileAttributes &to = entry.attributes;
        to.type = type.value_or(FileType::Regular);
        to.mode = quint16(archive_entry_perm(header) & 07777);
        to.uid = quint32(archive_entry_uid(header));
        to.gid = quint32(archive_entry_gid(header));
        to.mtimeSeconds = archive_entry_mtime(header);
        to.mtimeNanoseconds = quint32(std::clamp<long>(archive_entry_mtime_nsec(header), 0, 999'999'999));
        to.size = quint64(std::max<la_int64_t>(archive_entry_size(header), 0));
        to.deviceMajor = quint32(archive_entry_rdevmajor(header));
        to.deviceMinor = quint32(archive_entry_rdevminor(header));
        if (const char *target = archive_entry_symlink(header))
            to.target = target;
        to.xattrs = xattrsOf(header);
        return std::optional<LayerEntry>(std::move(entry));
    }
}

Result<void> LayerReader::content(const Sink &sink)
{
    archive *const tar = m_tar->archive.get();
    for (;;) {
        const void *data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(tar, &data, &size, &offset);
        if (status == ARCHIVE_EOF)
            return {};
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return m_tar->damaged(QStringLiteral("a file in it is cut off"));
        if (offset < 0)
            return m_tar->damaged(QStringLiteral("a file in it has a negative offset"));
        const Result<void> taken = sink(quint64(offset), static_cast<const char *>(data), size);
        BOXGATE_TRY(taken);
    }
}

quint64 LayerReader::takeProgress() { return m_tar->stream->takeProgress(); }

} // namespace boxgate
