#include "tests/core/image/tarbuilder.h"

#include <QFile>
#include <QtTest>

#include <archive.h>
#include <archive_entry.h>

namespace boxgate {

namespace {

la_ssize_t append(archive *, void *context, const void *data, std::size_t size)
{
    static_cast<QByteArray *>(context)->append(static_cast<const char *>(data), qsizetype(size));
    return la_ssize_t(size);
}

unsigned modeOf(FileType type)
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

void check(archive *handle, long status)
{
    if (status < ARCHIVE_WARN)
        qFatal("tar builder: %s", archive_error_string(handle));
}

} // namespace

TarBuilder::TarBuilder(Format format, Filter filter)
    : m_archive(archive_write_new())
{
    if (format == Format::Gnu)
        archive_write_set_format_gnutar(m_archive);
    else
        archive_write_set_format_pax(m_archive);
    if (filter == Filter::Gzip)
        archive_write_add_filter_gzip(m_archive);
    if (filter == Filter::Zstd)
        archive_write_add_filter_zstd(m_archive);
    // No padding after the compressed stream, as real layers have none.
    archive_write_set_bytes_in_last_block(m_archive, 1);
    check(m_archive, archive_write_open(m_archive, &m_bytes, nullptr, append, nullptr));
}

TarBuilder::~TarBuilder() { archive_write_free(m_archive); }

TarBuilder &TarBuilder::add(const QByteArray &path, const FileAttributes &attributes,
                            const QByteArray &contents)
{
    archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.constData());
    archive_entry_set_filetype(entry, modeOf(attributes.type));
    archive_entry_set_perm(entry, attributes.mode);
    archive_entry_set_uid(entry, attributes.uid);
    archive_entry_set_gid(entry, attributes.gid);
    archive_entry_set_mtime(entry, attributes.mtimeSeconds, long(attributes.mtimeNanoseconds));
    archive_entry_set_rdevmajor(entry, attributes.deviceMajor);
    archive_entry_set_rdevminor(entry, attributes.deviceMinor);
    archive_entry_set_size(entry, contents.size());
    if (!attributes.target.isEmpty())
        archive_entry_set_symlink(entry, attributes.target.constData());
    for (const auto &[name, value] : attributes.xattrs)
        archive_entry_xattr_add_entry(entry, name.constData(), value.constData(), std::size_t(value.size()));
    check(m_archive, archive_write_header(m_archive, entry));
    if (!contents.isEmpty())
        check(m_archive, archive_write_data(m_archive, contents.constData(), std::size_t(contents.size())));
    archive_entry_free(entry);
    return *this;
}

TarBuilder &TarBuilder::file(const QByteArray &path, const QByteArray &contents, quint16 mode)
{
    FileAttributes attributes;
    attributes.mode = mode;
    return add(path, attributes, contents);
}

TarBuilder &TarBuilder::directory(const QByteArray &path, quint16 mode)
{
    FileAttributes attributes;
    attributes.type = FileType::Directory;
    attributes.mode = mode;
    return add(path, attributes);
}

TarBuilder &TarBuilder::symlink(const QByteArray &path, const QByteArray &target)
{
    FileAttributes attributes;
    attributes.type = FileType::Symlink;
    attributes.target = target;
    return add(path, attributes);
}

TarBuilder &TarBuilder::hardLink(const QByteArray &path, const QByteArray &target)
{
    archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.constData());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_hardlink(entry, target.constData());
    check(m_archive, archive_write_header(m_archive, entry));
    archive_entry_free(entry);
    return *this;
}

TarBuilder &TarBuilder::sparse(const QByteArray &path, qint64 size, qint64 offset, const QByteArray &data)
{
    archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.constData());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, size);
    archive_entry_sparse_add_entry(entry, offset, data.size());
    check(m_archive, archive_write_header(m_archive, entry));
    // The writer takes the holes' bytes as well and leaves them out.
    const QByteArray zeros(1 << 20, '\0');
    const auto skip = [&](qint64 count) {
        while (count > 0) {
            const qint64 part = std::min<qint64>(count, zeros.size());
            check(m_archive, archive_write_data(m_archive, zeros.constData(), std::size_t(part)));
            count -= part;
        }
    };
    skip(offset);
    check(m_archive, archive_write_data(m_archive, data.constData(), std::size_t(data.size())));
    skip(size - offset - data.size());
    archive_entry_free(entry);
    return *this;
}

QByteArray TarBuilder::finish()
{
    check(m_archive, archive_write_close(m_archive));
    return m_bytes;
}

LayerSource layerOf(const QString &directory, const QByteArray &blob)
{
    const Digest digest = Digest::ofBytes(blob);
    QFile file(directory + QLatin1Char('/') + digest.hex());
    if (!file.open(QIODevice::WriteOnly) || file.write(blob) != blob.size())
        qFatal("cannot write a layer");
    return {file.fileName(), digest, {}};
}

} // namespace boxgate
