#include "resources/builtin/busyboxfiles.h"

namespace boxgate {

namespace {

/// 2024-01-01: a fixed time makes the image the same wherever it is built.
constexpr qint64 FixedTime = 1704067200;
constexpr quint32 BoxUser = 1000;

LayerFile fileOf(const char *path, quint16 mode, const QByteArray &contents)
{
    LayerFile file{path, {}, contents};
    file.attributes.mode = mode;
    file.attributes.mtimeSeconds = FixedTime;
    return file;
}

LayerFile directoryOf(const char *path, quint16 mode, quint32 owner = 0)
{
    LayerFile file = fileOf(path, mode, {});
    file.attributes.type = FileType::Directory;
    file.attributes.uid = owner;
    file.attributes.gid = owner;
    return file;
}

LayerFile linkOf(const QByteArray &path, const QByteArray &target)
{
    LayerFile file = fileOf(path.constData(), 0777, {});
    file.attributes.type = FileType::Symlink;
    file.attributes.target = target;
    return file;
}

QList<LayerFile> directories()
{
    return {directoryOf("bin", 0755),
            directoryOf("dev", 0755),
            directoryOf("etc", 0755),
            directoryOf("home", 0755),
            directoryOf("home/box", 0755, BoxUser),
            directoryOf("mnt", 0755),
            directoryOf("opt", 0755),
            directoryOf("proc", 0555),
            directoryOf("root", 0700),
            directoryOf("run", 0755),
            directoryOf("sbin", 0755),
            directoryOf("srv", 0755),
            directoryOf("sys", 0555),
            directoryOf("tmp", 01777),
            directoryOf("usr", 0755),
            directoryOf("usr/bin", 0755),
            directoryOf("usr/local", 0755),
            directoryOf("usr/local/bin", 0755),
            directoryOf("usr/sbin", 0755),
            directoryOf("var", 0755),
            directoryOf("var/cache", 0755),
            directoryOf("var/lib", 0755),
            directoryOf("var/log", 0755),
            directoryOf("var/spool", 0755),
            directoryOf("var/tmp", 01777)};
}

QList<LayerFile> configuration()
{
    return {fileOf("etc/group", 0644, "root:x:0:\ntty:x:5:\nnogroup:x:65534:\nbox:x:1000:\n"),
            fileOf("etc/hosts", 0644, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"),
            fileOf("etc/nsswitch.conf", 0644, "passwd: files\ngroup: files\nhosts: files dns\n"),
            fileOf("etc/os-release", 0644,
                   "NAME=\"Boxgate BusyBox\"\nID=boxgate-busybox\nPRETTY_NAME=\"Boxgate builtin/busybox\"\n"),
            fileOf("etc/passwd", 0644,
                   "root:x:0:0:root:/root:/bin/sh\n"
                   "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
                   "box:x:1000:1000:box:/home/box:/bin/sh\n"),
            fileOf("etc/profile", 0644,
                   "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                   "export PS1='\\u@\\h:\\w\\$ '\n"
                   "umask 022\n"),
            // The agent fills it in at boot.
            fileOf("etc/resolv.conf", 0644, ""), fileOf("etc/shells", 0644, "/bin/sh\n/bin/ash\n")};
}

} // namespace

QList<LayerFile> busyboxFiles(const QByteArray &busybox, const QList<QByteArray> &applets)
{
    QList<LayerFile> files = directories() + configuration();
    files.append(fileOf("bin/busybox", 0755, busybox));
    for (const QByteArray &applet : applets) {
        if (applet != "busybox")
            files.append(linkOf("bin/" + applet, "busybox"));
    }
    // Scripts name it so.
    files.append(linkOf("usr/bin/env", "../../bin/busybox"));
    return files;
}

} // namespace boxgate
