#pragma once

#include "core/image/disk/layerentry.h"
#include "core/image/imageconfig.h"
#include "core/image/manifest.h"

#include <QDir>

namespace boxgate {

/// A file to be put into a layer.
struct LayerFile
{
    QByteArray path; ///< relative: "bin/sh"
    FileAttributes attributes; ///< size is set from contents
    QByteArray contents; ///< of regular files
};

/// Packs files as a tar, byte for byte the same for the same files.
/// Errors   Internal: libarchive refuses an entry
Result<QByteArray> packTar(const QList<LayerFile> &files);

/// Compresses as gzip without a time or a name in the header, so that the same bytes give the same bytes.
Result<QByteArray> packGzip(const QByteArray &bytes);

/// Writes an OCI image layout. For images that come with Boxgate and for tests: everything is held in memory.
class OciWriter
{
public:
    /// directory   is made; files of the same name in it are replaced
    explicit OciWriter(const QString &directory);

    /// Stores bytes under their digest.
    Result<BlobDescriptor> addBlob(const QByteArray &bytes, const QString &mediaType);
    /// Compresses tar and stores it as the next layer, on top of those before.
    Result<void> addLayer(const QByteArray &tar);
    /// Writes configuration, manifest, index.json and oci-layout. The last step: without it the directory is
    /// no layout. config   its diffIds are set from the layers
    Result<void> finish(ImageConfig config, const QString &tag);

private:
    Result<void> writeFile(const QString &name, const QByteArray &bytes) const;

    QDir m_directory;
    QList<BlobDescriptor> m_layers;
    QList<Digest> m_diffIds;
};

} // namespace boxgate
