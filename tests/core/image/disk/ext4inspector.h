#pragma once

#include <QByteArray>
#include <QMap>
#include <QString>

namespace boxgate {

/// What debugfs says about one file.
struct Ext4Stat
{
    QString type; ///< "regular", "directory", "symlink", "FIFO", "character special", "block special"; empty:
                  ///< not there
    int mode = 0;
    quint32 uid = 0;
    quint32 gid = 0;
    qint64 size = 0;
    int links = 0;
    qint64 blocks = 0; ///< of 512 bytes
    qint64 mtime = 0;
    qint64 mtimeNanoseconds = 0;
    quint32 inode = 0;
    QString device; ///< "01:03"
    QByteArray text; ///< all of it
};

/// Looks into an ext4 image with e2fsprogs, which knows nothing of our code.
class Ext4Inspector
{
public:
    explicit Ext4Inspector(const QString &image);

    /// e2fsck -fn; empty when the file system is clean, else its output.
    QByteArray complaints() const;
    Ext4Stat stat(const QByteArray &path) const;
    QByteArray contents(const QByteArray &path) const;
    QByteArray target(const QByteArray &path) const;
    QByteArray xattr(const QByteArray &path, const QByteArray &name) const;
    /// Names in a directory without "." and "..".
    QList<QByteArray> names(const QByteArray &path) const;
    /// The superblock, as dumpe2fs -h prints it.
    QMap<QString, QString> superblock() const;

private:
    QByteArray ask(const QByteArray &request) const;

    QString m_image;
};

} // namespace boxgate
