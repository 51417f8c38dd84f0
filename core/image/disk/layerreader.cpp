#include "core/image/disk/layerreader.h"

#include <QCryptographicHash>
#include <QFile>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <locale.h>
#include <utility>

namespace boxgate {

namespace {

constexpr std::size_t ChunkBytes = 256 * 1024;

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
        : m_locale(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr))
        , m_before(::uselocale(m_locale))
    { }
    ~ByteNames()
    {
        ::uselocale(m_before);
        if (m_locale)
            ::freelocale(m_locale);
    }
    Q_DISABLE_COPY(ByteNames)

private:
    locale_t m_locale;
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

/// Two archives in a row: the outer one undoes the compression and nothing else, so that the uncompressed
/// bytes pass through our hands (diff id, limit); the inner one reads the tar in them.
struct LayerReader::Streams
{
    LayerSource source;
    LayerLimits limits;
    Verify verify = Verify::Yes;
    QFile file;
    QByteArray fileChunk = QByteArray(qsizetype(ChunkBytes), Qt::Uninitialized);
    QByteArray plainChunk = QByteArray(qsizetype(ChunkBytes), Qt::Uninitialized);
    QCryptographicHash fileHash{QCryptographicHash::Sha256};
    QCryptographicHash plainHash{QCryptographicHash::Sha256};
    quint64 plainBytes = 0;
    quint64 progress = 0;
    std::optional<Error> failure; ///< what stopped a callback
    ArchivePointer outer{archive_read_new()};
    ArchivePointer tar{archive_read_new()};

    tl::unexpected<Error> corrupt(const QString &why, archive *from = nullptr) const
    {
        if (failure)
            return boxgate::fail(*failure);
        return boxgate::fail(
            ErrorCode::Corrupt,
            QStringLiteral("The image's layer %1 is damaged: %2").arg(source.digest.hex().left(12), why),
            from ? archiveText(from) : QString());
    }

    qint64 readFile()
    {
        const qint64 count = file.read(fileChunk.data(), fileChunk.size());
        if (count < 0) {
            failure = Error{ErrorCode::Io,
                            QStringLiteral("Cannot read %1: %2").arg(file.fileName(), file.errorString()),
                            {}};
            return -1;
        }
        progress += quint64(count);
        if (verify == Verify::Yes)
            fileHash.addData(QByteArrayView(fileChunk.constData(), count));
        return count;
    }

    qint64 readPlain()
    {
        const la_ssize_t count = archive_read_data(outer.get(), plainChunk.data(), ChunkBytes);
        if (count < 0) {
            if (!failure)
                failure = corrupt(QStringLiteral("it cannot be decompressed"), outer.get()).value();
            return -1;
        }
        plainBytes += quint64(count);
        if (plainBytes > limits.layerBytes) {
            failure = Error{ErrorCode::Corrupt,
                            QStringLiteral("The image's layer %1 holds more than %2 bytes")
                                .arg(source.digest.hex().left(12))
                                .arg(limits.layerBytes),
                            {}};
            return -1;
        }
        if (verify == Verify::Yes)
            plainHash.addData(QByteArrayView(plainChunk.constData(), qsizetype(count)));
        return count;
    }

    static la_ssize_t onFile(archive *handle, void *context, const void **buffer)
    {
        auto *self = static_cast<Streams *>(context);
        const qint64 count = self->readFile();
        if (count < 0)
            archive_set_error(handle, EIO, "read failed");
        *buffer = self->fileChunk.constData();
        return la_ssize_t(count);
    }

    static la_ssize_t onPlain(archive *handle, void *context, const void **buffer)
    {
        auto *self = static_cast<Streams *>(context);
        const qint64 count = self->readPlain();
        if (count < 0)
            archive_set_error(handle, EIO, "read failed");
        *buffer = self->plainChunk.constData();
        return la_ssize_t(count);
    }

    Result<void> start()
    {
        archive_read_support_filter_gzip(outer.get());
        archive_read_support_filter_zstd(outer.get());
        archive_read_support_format_raw(outer.get());
        archive_read_support_format_empty(outer.get());
        archive_read_support_format_tar(tar.get());
        archive_read_support_format_empty(tar.get());
        archive_entry *raw = nullptr;
        if (archive_read_open(outer.get(), this, nullptr, onFile, nullptr) != ARCHIVE_OK)
            return corrupt(QStringLiteral("it cannot be decompressed"), outer.get());
        const int first = archive_read_next_header(outer.get(), &raw);
        if (first != ARCHIVE_OK && first != ARCHIVE_EOF)
            return corrupt(QStringLiteral("it cannot be decompressed"), outer.get());
        if (first == ARCHIVE_EOF
            || archive_read_open(tar.get(), this, nullptr, onPlain, nullptr) != ARCHIVE_OK)
            return corrupt(QStringLiteral("it is no tar archive"), tar.get());
        return {};
    }
};

LayerReader::LayerReader(std::unique_ptr<Streams> streams)
    : m_streams(std::move(streams))
{ }

LayerReader::~LayerReader() = default;

Result<std::unique_ptr<LayerReader>> LayerReader::open(const LayerSource &source, const LayerLimits &limits,
                                                       Verify verify)
{
    auto streams = std::make_unique<Streams>();
    streams->source = source;
    streams->limits = limits;
    streams->verify = verify;
    streams->file.setFileName(source.file);
    if (!streams->file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        return fail(streams->file.exists() ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("Cannot read the image's layer %1: %2")
                        .arg(source.file, streams->file.errorString()));
    }
    const ByteNames names;
    const Result<void> started = streams->start();
    BOXGATE_TRY(started);
    return std::unique_ptr<LayerReader>(new LayerReader(std::move(streams)));
}

Result<std::optional<LayerEntry>> LayerReader::next()
{
    const ByteNames names;
    archive *const tar = m_streams->tar.get();
    for (;;) {
        archive_entry *header = nullptr;
        const int status = archive_read_next_header(tar, &header);
        if (status == ARCHIVE_EOF) {
            const Result<void> finished = finish();
            BOXGATE_TRY(finished);
            return std::optional<LayerEntry>();
        }
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return m_streams->corrupt(QStringLiteral("its archive cannot be read"), tar);
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
    archive *const tar = m_streams->tar.get();
    for (;;) {
        const void *data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(tar, &data, &size, &offset);
        if (status == ARCHIVE_EOF)
            return {};
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return m_streams->corrupt(QStringLiteral("a file in it is cut off"), tar);
        if (offset < 0)
            return m_streams->corrupt(QStringLiteral("a file in it has a negative offset"));
        const Result<void> taken = sink(quint64(offset), static_cast<const char *>(data), size);
        BOXGATE_TRY(taken);
    }
}

Result<void> LayerReader::finish()
{
    if (m_streams->verify == Verify::No)
        return {};
    // Whatever follows the end of the tar belongs to the blob and so to its digests.
    qint64 count = 0;
    while ((count = m_streams->readPlain()) > 0) { }
    while (count == 0 && (count = m_streams->readFile()) > 0)
        count = 0;
    if (count < 0)
        return m_streams->corrupt(QStringLiteral("it cannot be read to its end"));
    if (Digest::fromHash(m_streams->fileHash.result()) != m_streams->source.digest)
        return m_streams->corrupt(QStringLiteral("its bytes do not have that digest"));
    if (!m_streams->source.diffId.isEmpty()
        && Digest::fromHash(m_streams->plainHash.result()) != m_streams->source.diffId)
        return m_streams->corrupt(QStringLiteral("its contents are not what the configuration promises"));
    return {};
}

quint64 LayerReader::takeProgress() { return std::exchange(m_streams->progress, 0); }

} // namespace boxgate
