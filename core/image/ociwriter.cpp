#include "core/image/ociwriter.h"

#include <QSaveFile>

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace boxgate {

namespace {

struct WriterFree
{
    void operator()(archive *handle) const { archive_write_free(handle); }
    void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};
using WriterPointer = std::unique_ptr<archive, WriterFree>;
using EntryPointer = std::unique_ptr<archive_entry, WriterFree>;

la_ssize_t append(archive *, void *context, const void *data, std::size_t size)
{
    static_cast<QByteArray *>(context)->append(static_cast<const char *>(data), qsizetype(size));
    return la_ssize_t(size);
}

tl::unexpected<Error> refused(archive *handle)
{
    const char *text = archive_error_string(handle);
    return fail(ErrorCode::Internal,
                QStringLiteral("Cannot pack an image: %1").arg(QString::fromLocal8Bit(text ? text : "")));
}

unsigned archiveType(FileType type)
{
    switch (type) {
    case FileType::Regular:
        return AE_IFREG;
    case FileType::Directory:
        return AE_IFDIR;
    case FileType::Symlink:
        return AE_IFLNK;
    case FileType::CharacterDevice:
        return AE_IFCHR;
    case FileType::BlockDevice:
        return AE_IFBLK;
    case FileType::Fifo:
        return AE_IFIFO;
    }
    return AE_IFREG;
}

EntryPointer entryOf(const LayerFile &file)
{
    const FileAttributes &from = file.attributes;
    EntryPointer entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), file.path.constData());
    archive_entry_set_filetype(entry.get(), archiveType(from.type));
    archive_entry_set_perm(entry.get(), from.mode);
    archive_entry_set_uid(entry.get(), from.uid);
    archive_entry_set_gid(entry.get(), from.gid);
    archive_entry_set_mtime(entry.get(), from.mtimeSeconds, long(from.mtimeNanoseconds));
    archive_entry_set_size(entry.get(), file.contents.size());
    archive_entry_set_rdevmajor(entry.get(), from.deviceMajor);
    archive_entry_set_rdevminor(entry.get(), from.deviceMinor);
    if (from.type == FileType::Symlink)
        archive_entry_set_symlink(entry.get(), from.target.constData());
    for (const auto &[name, value] : from.xattrs)
        archive_entry_xattr_add_entry(entry.get(), name.constData(), value.constData(),
                                      std::size_t(value.size()));
    return entry;
}

} // namespace

Result<QByteArray> packTar(const QList<LayerFile> &files)
{
    QByteArray tar;
    WriterPointer writer(archive_write_new());
    archive_write_set_format_pax_restricted(writer.get());
    archive_write_add_filter_none(writer.get());
    if (archive_write_open(writer.get(), &tar, nullptr, append, nullptr) != ARCHIVE_OK)
        return refused(writer.get());
    for (const LayerFile &file : files) {
        const EntryPointer entry = entryOf(file);
        if (archive_write_header(writer.get(), entry.get()) < ARCHIVE_WARN)
            return refused(writer.get());
        if (!file.contents.isEmpty()
            && archive_write_data(writer.get(), file.contents.constData(), std::size_t(file.contents.size()))
                < 0)
            return refused(writer.get());
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK)
        return refused(writer.get());
    return tar;
}

Result<QByteArray> packGzip(const QByteArray &bytes)
{
    QByteArray packed;
    WriterPointer writer(archive_write_new());
    archive_write_set_format_raw(writer.get());
    archive_write_add_filter_gzip(writer.get());
    archive_write_set_filter_option(writer.get(), "gzip", "compression-level", "9");
    archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    const EntryPointer entry(archive_entry_new());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    if (archive_write_open(writer.get(), &packed, nullptr, append, nullptr) != ARCHIVE_OK
        || archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK
        || archive_write_data(writer.get(), bytes.constData(), std::size_t(bytes.size())) < 0
        || archive_write_close(writer.get()) != ARCHIVE_OK)
        return refused(writer.get());
    return packed;
}

OciWriter::OciWriter(const QString &directory)
    : m_directory(directory)
{ }

Result<void> OciWriter::writeFile(const QString &name, const QByteArray &bytes) const
{
    const QString path = m_directory.filePath(name);
    QDir().mkpath(QFileInfo(path).path());
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return fail(ErrorCode::Io, QStringLiteral("Cannot write %1: %2").arg(path, file.errorString()));
    return {};
}

Result<BlobDescriptor> OciWriter::addBlob(const QByteArray &bytes, const QString &mediaType)
{
    BlobDescriptor descriptor;
    descriptor.mediaType = mediaType;
    descriptor.digest = Digest::ofBytes(bytes);
    descriptor.size = bytes.size();
    const Result<void> written = writeFile(QStringLiteral("blobs/sha256/") + descriptor.digest.hex(), bytes);
    BOXGATE_TRY(written);
    return descriptor;
}

Result<void> OciWriter::addLayer(const QByteArray &tar)
{
    const auto packed = packGzip(tar);
    BOXGATE_TRY(packed);
    const auto layer = addBlob(*packed, mediatype::LayerGzip);
    BOXGATE_TRY(layer);
    m_layers.append(*layer);
    m_diffIds.append(Digest::ofBytes(tar));
    return {};
}

Result<void> OciWriter::finish(ImageConfig config, const QString &tag)
{
    config.diffIds = m_diffIds;
    const auto configBlob = addBlob(config.toJson(), mediatype::Config);
    BOXGATE_TRY(configBlob);
    const ImageManifest manifest{*configBlob, m_layers};
    auto manifestBlob = addBlob(manifest.toJson(), mediatype::Manifest);
    BOXGATE_TRY(manifestBlob);
    manifestBlob->architecture = config.architecture;
    manifestBlob->os = config.os;
    manifestBlob->tag = tag;
    const ImageIndex index{{*manifestBlob}};
    const Result<void> indexed = writeFile(QStringLiteral("index.json"), index.toJson());
    BOXGATE_TRY(indexed);
    return writeFile(QStringLiteral("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
}

} // namespace boxgate
