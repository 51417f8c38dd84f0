#pragma once

#include "core/image/digest.h"

#include <QJsonObject>
#include <QList>

namespace boxgate {

/// Points to a blob.
/// Source   OCI image specification 1.1, descriptor.md
struct BlobDescriptor
{
    QString mediaType;
    Digest digest;
    qint64 size = 0; ///< bytes, at most MaxBlobBytes
    QString architecture; ///< of the platform, when it is given
    QString os;
    QString tag; ///< annotation org.opencontainers.image.ref.name

    static constexpr qint64 MaxBlobBytes = 1LL << 40;

    /// Errors   Corrupt: no digest, or a size that cannot be
    static Result<BlobDescriptor> fromJson(const QJsonObject &object, const QString &what);
    QJsonObject toJson() const;

    bool operator==(const BlobDescriptor &) const = default;
};

/// The list of what a layout or a multi-platform image holds: index.json. Docker's manifest list has the same
/// form.
struct ImageIndex
{
    QList<BlobDescriptor> manifests;

    static constexpr qsizetype MaxJsonBytes = 4 << 20;
    static constexpr qsizetype MaxManifests = 1024;

    static Result<ImageIndex> parse(const QByteArray &json);
    QByteArray toJson() const;

    /// The entry for a platform: one that names it, else one that names none; nullptr when there is neither.
    /// tag   empty: any
    const BlobDescriptor *find(const QString &architecture, const QString &tag) const;
};

/// One image for one platform: its configuration and its layers. Docker's schema 2 has the same form.
struct ImageManifest
{
    BlobDescriptor config;
    QList<BlobDescriptor> layers; ///< lowest first

    static constexpr qsizetype MaxJsonBytes = 4 << 20;
    static constexpr qsizetype MaxLayers = 512;

    static Result<ImageManifest> parse(const QByteArray &json);
    QByteArray toJson() const;
};

namespace mediatype {
inline const QString Index = QStringLiteral("application/vnd.oci.image.index.v1+json");
inline const QString Manifest = QStringLiteral("application/vnd.oci.image.manifest.v1+json");
inline const QString Config = QStringLiteral("application/vnd.oci.image.config.v1+json");
inline const QString LayerGzip = QStringLiteral("application/vnd.oci.image.layer.v1.tar+gzip");
inline const QString DockerManifest = QStringLiteral("application/vnd.docker.distribution.manifest.v2+json");
inline const QString DockerIndex =
    QStringLiteral("application/vnd.docker.distribution.manifest.list.v2+json");

bool isIndex(const QString &type);
/// Whether it is a tar, plain or compressed with gzip or zstd, of OCI or of Docker.
bool isLayer(const QString &type);
/// Whether it is a layer that registries may not hand out, such as those of Windows.
bool isForeignLayer(const QString &type);
} // namespace mediatype

} // namespace boxgate
