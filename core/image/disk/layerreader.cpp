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

/// libarchive 3.6 takes the fraction of "-1.5" as added to -1, and so is a second late.
void setTime(archive_entry *entry, FileAttributes &to)
{
    constexpr quint32 second = 1'000'000'000;
    to.mtimeSeconds = archive_entry_mtime(entry);
    to.mtimeNanoseconds = quint32(std::clamp<long>(archive_entry_mtime_nsec(entry), 0, second - 1));
    if (to.mtimeSeconds < 0 && to.mtimeNanoseconds > 0) {
        --to.mtimeSeconds;
        to.mtimeNanoseconds = second - to.mtimeNanoseconds;
    }
}

/// Of a tar's headers and of what its files are padded to.
constexpr quint64 RecordBytes = 512;

quint64 paddingOf(quint64 size) { return (RecordBytes - size % RecordBytes) % RecordBytes; }

} // namespace

/// A tar that ends without padding behind its last file is whole for Go's archive/tar, and umoci 0.4 makes
/// such, so zeros complete the last record; completesFile() keeps them from becoming contents.
struct LayerReader::Tar
{
    std::unique_ptr<LayerStream> stream;
    QByteArray chunk; ///< what libarchive reads at present
    quint64 bytes = 0; ///< read from stream
    quint64 added = 0; ///< behind them
    quint64 size = 0; ///< of the file whose header was read last
    std::optional<Error> failure; ///< of the stream
    ArchivePointer archive{archive_read_new()};

    tl::unexpected<Error> damaged(const QString &why) const
    {
        if (failure)
            return fail(*failure);
        return stream->damaged(why, archiveText(archive.get()));
    }

    /// Whether that file, read to its end, consists of the stream's own bytes.
    bool completesFile() const
    {
        const auto consumed = quint64(archive_filter_bytes(archive.get(), 0));
        return consumed <= bytes || consumed - bytes <= paddingOf(size);
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
        self->bytes += quint64(self->chunk.size());
        if (self->chunk.isEmpty() && self->added == 0) {
            self->added = paddingOf(self->bytes);
            self->chunk.fill('\0', qsizetype(self->added));
        }
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
        setTime(header, to);
        to.size = quint64(std::max<la_int64_t>(archive_entry_size(header), 0));
        m_tar->size = to.size;
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
        if (status == ARCHIVE_EOF && m_tar->completesFile())
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
