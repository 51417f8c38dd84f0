#pragma once

#include "core/base/result.h"

namespace boxgate {

/// Where every file of Boxgate lives. A value; it makes no file by itself except in prepare().
///
/// With a home (`--home` or BOXGATE_HOME) everything is under that one directory: data in it, cache/ and run/
/// below. Without one the XDG directories are used. ARCHITECTURE.md lists each file with its owner.
class Paths
{
public:
    /// home   an explicit home; empty means BOXGATE_HOME, and when that is empty the XDG directories
    /// Errors   InvalidArgument: the runtime directory is too long for a socket's path (107 bytes with the
    /// name)
    static Result<Paths> locate(const QString &home);

    /// Makes the directories, for the user alone (0700).
    /// Errors   Denied, DiskFull, Io: with the directory's name and what to do
    Result<void> prepare() const;

    /// The explicit home, empty with XDG directories. What a child process gets as --home.
    QString home() const { return m_home; }
    QString dataDirectory() const { return m_data; }
    QString cacheDirectory() const { return m_cache; }
    QString runtimeDirectory() const { return m_runtime; }

    QString database() const;
    QString settings() const;
    QString boxDirectory(const QString &id) const;
    QString boxLock(const QString &id) const;
    QString boxDisk(const QString &id) const;
    /// Held by whoever reads or changes the disk as a whole, besides the runner, who holds it too.
    QString boxDiskLock(const QString &id) const;
    QString boxSnapshots(const QString &id) const;
    /// What the box's image said when its disk was made.
    QString boxImage(const QString &id) const;
    QString boxConsoleLog(const QString &id) const;
    QString boxOutputLog(const QString &id) const;
    QString boxRunnerLog(const QString &id) const;
    QString boxExitRecord(const QString &id) const;
    QString boxCapture(const QString &id) const;
    QString boxTraffic(const QString &id) const;
    QString controlSocket(const QString &id) const;
    QString agentSocket(const QString &id) const;
    QString qmpSocket(const QString &id) const;
    /// Root disks by image digest; shared by all boxes.
    QString rootDisks() const;
    /// Blobs by digest, OCI layout.
    QString images() const;
    /// What the user has said about registries.
    QString registries() const;
    /// Logins, where there is no keychain.
    QString credentials() const;
    QString acceleratorMemory() const;
    QString kernels() const;

    /// Where the program's own read-only files are: initramfs, embedded image. Found beside the executable:
    /// <bin>/../share/boxgate; BOXGATE_SHARE overrides.
    QString share() const { return m_share; }
    QString initramfs() const;
    /// The guest kernel that a package brings, laid out as kernels().
    QString packagedKernels() const;
    QString builtinImage(const QString &name) const;

private:
    Paths() = default;

    QString m_home;
    QString m_data;
    QString m_cache;
    QString m_runtime;
    QString m_share;
};

} // namespace boxgate
