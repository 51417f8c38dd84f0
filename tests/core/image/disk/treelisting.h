#pragma once

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QString>

#include <map>

namespace boxgate {

/// What can be said of a file, each under a word: type, mode, uid, gid, size, mtime, device, target, contents
/// (a digest), names (all of a file with hard links), and "xattr NAME".
using ListedFile = QMap<QByteArray, QByteArray>;
/// By path from the root on: "/", "/bin/sh".
using TreeListing = std::map<QByteArray, ListedFile>;

/// Lists a directory of this machine, symbolic links as such.
TreeListing listDirectory(const QString &directory);

/// Lists an ext4 file system through libext2fs, without lost+found when it is empty.
TreeListing listExt4(const QString &image);

/// One line for each word that differs: "/bin/sh mode: 755, expected 644".
QList<QByteArray> differences(const TreeListing &actual, const TreeListing &expected);

} // namespace boxgate
