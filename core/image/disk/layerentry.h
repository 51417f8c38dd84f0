#pragma once

#include <QByteArray>
#include <QList>

#include <utility>

namespace boxgate {

/// What a layer's entry is, and in the end an inode. Names are bytes: the guest decides about their encoding.
enum class FileType
{
    Regular,
    Directory,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo
};

/// What every kind of file has.
struct FileAttributes
{
    FileType type = FileType::Regular;
    quint16 mode = 0; ///< permission bits with setuid, setgid and sticky
    quint32 uid = 0;
    quint32 gid = 0;
    qint64 mtimeSeconds = 0; ///< Unix time
    quint32 mtimeNanoseconds = 0;
    quint64 size = 0; ///< bytes, of regular files
    quint32 deviceMajor = 0;
    quint32 deviceMinor = 0;
    QByteArray target; ///< of symbolic links
    QList<std::pair<QByteArray, QByteArray>> xattrs; ///< full names, sorted
};

/// One entry of a layer's tar, as it stands there: hostile.
struct LayerEntry
{
    QByteArray path;
    QByteArray hardLink; ///< not empty: another name for that path, and the attributes do not count
    FileAttributes attributes;
};

/// What an image may demand of the host that unpacks it.
struct LayerLimits
{
    qint64 entries = 2'000'000; ///< of all layers
    /// Names, link targets and extended attributes of all layers, kept in memory.
    quint64 nameBytes = 512ULL << 20;
    quint64 layerBytes = 256ULL << 30; ///< of one layer, uncompressed
    quint64 contentBytes = 256ULL << 30; ///< of all files
};

} // namespace boxgate
