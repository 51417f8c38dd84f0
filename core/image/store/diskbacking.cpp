#include "core/image/store/diskbacking.h"

#include "core/image/store/atomicfile.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

namespace boxgate {

namespace {

constexpr qsizetype HeaderBytes = 20;
constexpr quint32 MaxNameBytes = 1023;
constexpr qsizetype DigestDigits = 64;

} // namespace

std::optional<QByteArray> qcow2BackingFile(const QByteArray &head)
{
    if (head.size() < HeaderBytes || !head.startsWith("QFI\xfb"))
        return std::nullopt;
    const auto offset = qFromBigEndian<quint64>(head.constData() + 8);
    const auto length = qFromBigEndian<quint32>(head.constData() + 16);
    if (offset == 0 || length == 0 || length > MaxNameBytes || offset > quint64(head.size())
        || length > quint64(head.size()) - offset)
        return std::nullopt;
    return head.mid(qsizetype(offset), qsizetype(length));
}

std::optional<Digest> rootDiskImage(const QString &fileName)
{
    const auto digest = Digest::parse(QStringLiteral("sha256:") + fileName.left(DigestDigits));
    return digest ? std::optional(*digest) : std::nullopt;
}

Result<QMap<QString, QSet<QString>>> boxesOnRootDisks(const Paths &paths)
{
    QMap<QString, QSet<QString>> boxes;
    const QDir all(QFileInfo(paths.boxDirectory(QStringLiteral("x"))).path());
    if (all.exists() && !all.isReadable())
        return fail(ErrorCode::Denied, QStringLiteral("Cannot read the directory %1").arg(all.path()));
    for (const QString &id : all.entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::Hidden)) {
        if (!QFileInfo(all.filePath(id)).isReadable())
            return fail(ErrorCode::Denied,
                        QStringLiteral("Cannot read the directory %1").arg(all.filePath(id)));
        QDirIterator files(all.filePath(id), QDir::Files | QDir::Hidden | QDir::NoSymLinks,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (!file.open(QIODevice::ReadOnly)) {
                if (!file.exists())
                    continue; // removed meanwhile
                return fail(fileError(file, QStringLiteral("Cannot read %1").arg(file.fileName())));
            }
            const auto backing = qcow2BackingFile(file.read(Qcow2HeadBytes));
            if (!backing)
                continue;
            const auto image = rootDiskImage(QFileInfo(QFile::decodeName(*backing)).fileName());
            if (image)
                boxes[image->toString()].insert(id);
        }
    }
    return boxes;
}

} // namespace boxgate
