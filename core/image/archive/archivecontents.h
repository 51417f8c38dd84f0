#pragma once

#include "core/image/archive/archivereader.h"
#include "core/image/store/imagestore.h"

#include <map>

namespace boxgate {

/// What a tar of images holds, once it was read: blobs under their digest are in the store, small files are
/// in memory, large ones in files beside the store's parts until they are taken as blobs or this object ends.
///
/// Memory: MaxMemoryBytes and the names. Thread: any, one at a time. Somebody holds the store's Use.
class ArchiveContents
{
public:
    ArchiveContents(const ImageStore &store, const CancelToken &cancel);
    ~ArchiveContents();
    Q_DISABLE_COPY(ArchiveContents)

    /// Reads the archive to its end.
    /// Errors   Corrupt: damaged, a blob without its digest, two different files of one name; DiskFull,
    /// Denied, Io;
    ///          Cancelled
    Result<void> read(ArchiveReader &reader);

    bool has(const QByteArray &name) const { return find(name).has_value(); }

    /// Errors   Corrupt: not there, or above maxBytes
    Result<QByteArray> document(const QByteArray &name, qsizetype maxBytes) const;

    /// Makes a file a blob of the store, if it is none yet.
    /// Returns  its descriptor; the media type is that of a layer, by its first bytes
    /// Errors   Corrupt: not there; DiskFull, Io
    Result<BlobDescriptor> takeLayer(const QByteArray &name);

    static constexpr qint64 MaxDocumentBytes = 1 << 20; ///< larger ones are not kept in memory
    static constexpr qint64 MaxMemoryBytes = 32 << 20;

private:
    /// A file: in memory, in a file of its own, or else a blob of the store.
    struct Item
    {
        Digest digest;
        qint64 size = 0;
        std::optional<QByteArray> bytes;
        QString spool;
    };

    Result<void> readFile(ArchiveReader &reader, const ArchiveEntry &entry);
    Result<Item> readBlob(ArchiveReader &reader, const Digest &digest, qint64 size) const;
    Result<Item> readSpool(ArchiveReader &reader, qint64 size) const;
    Result<Item> readBytes(ArchiveReader &reader) const;
    std::optional<Item> find(const QByteArray &name) const;
    Result<QByteArray> beginning(const Item &item, qsizetype most) const;

    const ImageStore m_store;
    const CancelToken m_cancel;
    std::map<QByteArray, Item> m_files;
    std::map<QByteArray, QByteArray> m_links;
    qint64 m_memory = 0;
};

} // namespace boxgate
