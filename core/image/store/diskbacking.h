#pragma once

#include "core/base/paths.h"
#include "core/image/digest.h"

#include <QByteArray>
#include <QMap>
#include <QSet>

#include <optional>

namespace boxgate {

/// The beginning of a disk file that qcow2BackingFile() needs.
constexpr qsizetype Qcow2HeadBytes = 64 * 1024;

/// The name of the file that a qcow2 disk is based on; nullopt when it is none, or is based on nothing. Pure.
/// head     the file's first Qcow2HeadBytes, or all of it
/// Source   QEMU docs/interop/qcow2.txt, "Header": bytes 8..15 offset of the name, 16..19 its length, at most
/// 1023
std::optional<QByteArray> qcow2BackingFile(const QByteArray &head);

/// The image whose root disk a file is by its name, "<64 hexadecimal digits>..."; nullopt when it is no such
/// name.
std::optional<Digest> rootDiskImage(const QString &fileName);

/// Which images' root disks boxes stand on: by the disks in the boxes' directories, snapshots and clones
/// included, since a disk itself says what it is based on and no record of ours can disagree with it. Returns
/// the ids of the boxes for each image Errors   Denied, Io: a box's directory or disk cannot be read
Result<QMap<QString, QSet<QString>>> boxesOnRootDisks(const Paths &paths);

} // namespace boxgate
