#pragma once

#include "core/image/manifest.h"

namespace boxgate {

/// What a registry's answer for a manifest turned out to be.
enum class ManifestKind
{
    Image, ///< one image: ImageManifest
    Index ///< several platforms: ImageIndex
};

/// Tells them apart: by the document's mediaType, else by the answer's Content-Type, else by its fields.
/// Errors   Corrupt: above ImageManifest::MaxJsonBytes, or no JSON object; Unavailable never; Protocol: a
/// manifest of
///          schema 1, or neither kind
/// Source   OCI image specification 1.1, manifest.md and image-index.md; Docker image manifest version 2,
/// schema 1 and 2
Result<ManifestKind> manifestKind(const QByteArray &json, const QByteArray &contentType);

/// What to accept, for the header.
QByteArray acceptedManifests();

/// The platforms of an index for a sentence: "linux/arm64, windows/amd64"; what no box could run is left out.
QString platformList(const ImageIndex &index);

} // namespace boxgate
