#pragma once

#include "core/base/result.h"
#include "core/model/imageref.h"

#include <QByteArray>
#include <QList>

namespace boxgate {

/// One image in the archives of `docker save`: names of files in the archive.
struct DockerArchiveImage
{
    QByteArray config;
    QList<QByteArray> layers; ///< lowest first
    QList<ImageRef> names;

    bool operator==(const DockerArchiveImage &) const = default;
};

constexpr qsizetype MaxDockerManifestBytes = 4 << 20;
constexpr qsizetype MaxDockerImages = 1024;

/// Reads an archive's manifest.json: [{"Config": "ab.json", "RepoTags": ["alpine:3.20"], "Layers":
/// ["cd/layer.tar"]}]. Names that are no references, such as "<none>:<none>", are left out. Pure. Errors
/// Corrupt: not such a document, or more images and layers than there can be
Result<QList<DockerArchiveImage>> parseDockerManifest(const QByteArray &json);

QByteArray toDockerManifest(const QList<DockerArchiveImage> &images);

} // namespace boxgate
