#pragma once

#include "core/image/imageconfig.h"
#include "core/image/manifest.h"

namespace boxgate {

/// Reads an OCI image layout: a directory with oci-layout, index.json and blobs/sha256/.
/// A value; small documents are read whole, bounded, and verified by their digest.
/// Thread: any, several at once.
/// Source   OCI image specification 1.1, image-layout.md
class OciLayout
{
public:
    /// One image in a layout, with all that is known without reading its layers.
    struct Image
    {
        Digest digest; ///< of the manifest
        ImageManifest manifest;
        ImageConfig config;
    };

    /// Errors   NotFound: no such directory; Corrupt: it is no layout, or of another version
    static Result<OciLayout> open(const QString &directory);

    /// Finds the image for a platform.
    /// architecture   as OCI writes it: "amd64"
    /// tag            empty: any
    /// Errors         NotFound: none for that platform or tag; Corrupt
    Result<Image> find(const QString &architecture, const QString &tag) const;

    /// Reads the image that a manifest's descriptor leads to.
    /// Errors   Corrupt: a document is missing or damaged, or the image is made for another architecture
    Result<Image> read(const BlobDescriptor &manifest, const QString &architecture) const;

    /// Reads a blob of a JSON document and verifies it.
    /// Errors   Corrupt: missing, of another size or with another digest; above maxBytes
    Result<QByteArray> readBlob(const BlobDescriptor &descriptor, qsizetype maxBytes) const;

    QString blobPath(const Digest &digest) const;
    QString directory() const { return m_directory; }

    /// This machine's architecture in OCI's words.
    static QString hostArchitecture();

private:
    explicit OciLayout(const QString &directory)
        : m_directory(directory)
    { }

    Result<BlobDescriptor> findManifest(const QString &architecture, const QString &tag) const;

    QString m_directory;
};

} // namespace boxgate
