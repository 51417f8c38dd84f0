#pragma once

#include "core/image/archive/archivereader.h"
#include "core/image/imagelibrary.h"
#include "core/image/ocilayout.h"
#include "tests/core/image/store/storefixture.h"
#include "tests/core/image/tarbuilder.h"

#include <QMap>

namespace boxgate {

/// Hands an archive out in pieces of a size that nobody expects.
ByteSource pieces(const QByteArray &bytes);

/// A layer with one file.
QByteArray layerTar(const QByteArray &name, qsizetype size = 100);

/// The beginning of a tar whose only file claims to have so many bytes.
QByteArray claimingTar(quint64 size);
/// A tar, compressed, with empty files.
QByteArray manyFiles(int count);

QByteArray savedArchive(const ImageInfo &image);

/// What `docker save` of an old Docker writes, named app:2; edit it before it is packed.
struct DockerArchive
{
    QList<QByteArray> layers;
    QByteArray config;
    QByteArray manifest;

    explicit DockerArchive(const QList<QByteArray> &tars = {layerTar("a"), layerTar("b")});

    QByteArray configName() const;
    /// All but the layers.
    void packDocuments(TarBuilder &tar) const;
    void pack(TarBuilder &tar) const;
    QByteArray packed(TarBuilder::Filter filter = TarBuilder::Filter::None) const;
};

/// An OCI layout with one image; edit it before it is packed.
struct LayoutArchive
{
    QMap<QByteArray, QByteArray> files; ///< the first one is a blob

    /// annotations   of the manifest's entry, JSON
    explicit LayoutArchive(const QByteArray &annotations,
                           const QString &architecture = OciLayout::hostArchitecture());

    QByteArray packed(TarBuilder::Filter filter = TarBuilder::Filter::None) const;
    void unpackTo(const QString &folder) const;
};

} // namespace boxgate
