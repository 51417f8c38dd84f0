#include "core/image/archive/archivecontents.h"

#include "core/image/sha256.h"
#include "core/image/store/atomicfile.h"

#include <QUuid>

#include <algorithm>
#include <utility>

namespace boxgate {

namespace {

constexpr int MaxLinks = 8;
const QByteArray BlobFolder = QByteArrayLiteral("blobs/sha256/");

std::optional<Digest> blobDigest(const QByteArray &name)
{
    if (!name.startsWith(BlobFolder))
        return std::nullopt;
    const auto digest =
        Digest::parse(QStringLiteral("sha256:") + QString::fromUtf8(name.mid(BlobFolder.size())));
    return digest ? std::optional(*digest) : std::nullopt;
}

/// Source   RFC 1952, section 2.3.1; RFC 8878, section 3.1.1
QString layerType(const QByteArray &beginning)
{
    if (beginning.startsWith("\x1f\x8b"))
        return mediatype::LayerGzip;
    if (beginning.startsWith("\x28\xb5\x2f\xfd"))
        return QStringLiteral("application/vnd.oci.image.layer.v1.tar+zstd");
    return QStringLiteral("application/vnd.oci.image.layer.v1.tar");
}

} // namespace

ArchiveContents::ArchiveContents(const ImageStore &store, const CancelToken &cancel)
    : m_store(store)
    , m_cancel(cancel)
{ }

ArchiveContents::~ArchiveContents()
{
    for (const auto &[name, item] : m_files) {
        if (!item.spool.isEmpty())
            QFile::remove(item.spool);
    }
}

Result<void> ArchiveContents::read(ArchiveReader &reader)
{
    for (;;) {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, QStringLiteral("Reading the archive was cancelled"));
        const auto entry = reader.next();
        BOXGATE_TRY(entry);
        if (!*entry)
            return {};
        if (!(*entry)->target.isEmpty()) {
            m_links.emplace((*entry)->name, (*entry)->target);
            continue;
        }
        const Result<void> kept = readFile(reader, **entry);
        BOXGATE_TRY(kept);
    }
}

Result<void> ArchiveContents::readFile(ArchiveReader &reader, const ArchiveEntry &entry)
{
    const std::optional<Digest> digest = blobDigest(entry.name);
    Result<Item> item = Item();
    if (digest)
        item = readBlob(reader, *digest, entry.size);
    else if (entry.size <= MaxDocumentBytes && m_memory + entry.size <= MaxMemoryBytes)
        item = readBytes(reader);
    else
        item = readSpool(reader, entry.size);
    BOXGATE_TRY(item);
    const auto [place, isNew] = m_files.emplace(entry.name, *item);
    if (isNew) {
        m_memory += item->bytes ? item->bytes->size() : 0;
        return {};
    }
    if (!item->spool.isEmpty())
        QFile::remove(item->spool);
    if (place->second.digest != item->digest) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The archive has two different files of the name %1")
                        .arg(QString::fromUtf8(entry.name.left(200))));
    }
    return {};
}

Result<ArchiveContents::Item> ArchiveContents::readBlob(ArchiveReader &reader, const Digest &digest,
                                                        qint64 size) const
{
    BlobDescriptor blob;
    blob.digest = digest;
    blob.size = size;
    Item item{digest, size, std::nullopt, QString()};
    if (m_store.has(blob))
        return item;
    const Result<void> space = m_store.checkSpace(Bytes(quint64(size)));
    BOXGATE_TRY(space);
    const auto writer = m_store.writeBlob(blob, m_cancel);
    BOXGATE_TRY(writer);
    if (!*writer)
        return item;
    // What is there of it already was hashed, and counts.
    qint64 there = (*writer)->offset();
    const auto sink = [&](const char *data, qint64 count) -> Result<void> {
        const qint64 skipped = std::min(there, count);
        there -= skipped;
        return (*writer)->write(data + skipped, count - skipped);
    };
    const Result<void> read = reader.content(sink);
    BOXGATE_TRY(read);
    const Result<void> committed = (*writer)->commit();
    BOXGATE_TRY(committed);
    return item;
}

Result<ArchiveContents::Item> ArchiveContents::readSpool(ArchiveReader &reader, qint64 size) const
{
    const Result<void> space = m_store.checkSpace(Bytes(quint64(size)));
    BOXGATE_TRY(space);
    QFile file(m_store.ingestDirectory() + QStringLiteral("/load-")
               + QUuid::createUuid().toString(QUuid::Id128) + QStringLiteral(".part"));
    const auto broken = [&] {
        return fileError(file, QStringLiteral("Cannot write %1").arg(file.fileName()));
    };
    if (!file.open(QIODevice::NewOnly | QIODevice::WriteOnly | QIODevice::Unbuffered))
        return fail(broken());
    Sha256 hash;
    const auto sink = [&](const char *data, qint64 count) -> Result<void> {
        hash.addData(QByteArrayView(data, count));
        if (file.write(data, count) != count)
            return fail(broken());
        return {};
    };
    Result<void> read = reader.content(sink);
    const qint64 written = file.size();
    file.close();
    if (!read) {
        file.remove();
        return fail(read.error());
    }
    return Item{Digest::fromHash(hash.result()), written, std::nullopt, file.fileName()};
}

Result<ArchiveContents::Item> ArchiveContents::readBytes(ArchiveReader &reader) const
{
    QByteArray bytes;
    const auto sink = [&](const char *data, qint64 count) -> Result<void> {
        bytes.append(data, count);
        if (bytes.size() > MaxDocumentBytes)
            return fail(ErrorCode::Corrupt, QStringLiteral("The archive is damaged: a file is too long"));
        return {};
    };
    const Result<void> read = reader.content(sink);
    BOXGATE_TRY(read);
    return Item{Digest::ofBytes(bytes), bytes.size(), bytes, QString()};
}

std::optional<ArchiveContents::Item> ArchiveContents::find(const QByteArray &name) const
{
    QByteArray at = normalisedName(name);
    for (int step = 0; step < MaxLinks; ++step) {
        if (const auto file = m_files.find(at); file != m_files.end())
            return file->second;
        const auto link = m_links.find(at);
        if (link == m_links.end())
            return std::nullopt;
        at = link->second;
    }
    return std::nullopt;
}

Result<QByteArray> ArchiveContents::beginning(const Item &item, qsizetype most) const
{
    if (item.bytes)
        return item.bytes->left(most);
    QFile file(QFile::exists(item.spool) ? item.spool : m_store.blobPath(item.digest));
    if (!file.open(QIODevice::ReadOnly))
        return fail(fileError(file, QStringLiteral("Cannot read %1").arg(file.fileName())));
    return file.read(most);
}

Result<QByteArray> ArchiveContents::document(const QByteArray &name, qsizetype maxBytes) const
{
    const std::optional<Item> item = find(name);
    const QString shown = QString::fromUtf8(name.left(200));
    if (!item)
        return fail(ErrorCode::Corrupt, QStringLiteral("The archive lacks the file %1").arg(shown));
    if (item->size > maxBytes)
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The archive's file %1 is larger than %2 bytes").arg(shown).arg(maxBytes));
    return beginning(*item, maxBytes);
}

Result<BlobDescriptor> ArchiveContents::takeLayer(const QByteArray &name)
{
    const std::optional<Item> item = find(name);
    if (!item) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The archive lacks the layer %1").arg(QString::fromUtf8(name.left(200))));
    }
    const auto first = beginning(*item, 4);
    BOXGATE_TRY(first);
    BlobDescriptor blob;
    blob.mediaType = layerType(*first);
    blob.digest = item->digest;
    blob.size = item->size;
    if (m_store.has(blob))
        return blob;
    const Result<void> taken =
        item->bytes ? m_store.addBlob(blob, *item->bytes, m_cancel) : m_store.adoptBlob(blob, item->spool);
    BOXGATE_TRY(taken);
    return blob;
}

} // namespace boxgate
