#include "core/image/disk/layerestimate.h"

#include <QFile>
#include <QtEndian>

namespace boxgate {

namespace {

/// What gzip and zstd make of programs and libraries.
constexpr quint64 UsualRatio = 3;

quint64 estimateOne(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const quint64 size = quint64(file.size());
    const QByteArray magic = file.read(4);
    if (magic == "\x28\xB5\x2F\xFD")
        return size * UsualRatio;
    if (!magic.startsWith("\x1F\x8B"))
        return size;
    // RFC 1952: the uncompressed size modulo 2^32 is at the end; of the last member, where there are several.
    const QByteArray trailer = file.seek(qint64(size) - 4) ? file.read(4) : QByteArray();
    const quint64 told = trailer.size() == 4 ? qFromLittleEndian<quint32>(trailer.constData()) : 0;
    return told < size ? size * UsualRatio : told;
}

} // namespace

Bytes estimateContents(const QList<LayerSource> &layers)
{
    quint64 total = 0;
    for (const LayerSource &layer : layers)
        total += estimateOne(layer.file);
    return Bytes(total);
}

} // namespace boxgate
