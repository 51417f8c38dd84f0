#pragma once

#include "core/image/registry/pull.h"
#include "tests/support/fakeregistry.h"

#include <QTemporaryDir>

namespace boxgate::test {

/// A fake registry with one image in it, a store, and what it takes to pull.
class PullWorld
{
public:
    PullWorld();

    FakeRegistry registry;
    QByteArray config;
    QByteArray layer; ///< of a few MiB; what is in it is no tar's business here
    QByteArray manifest;

    static constexpr auto ManifestPath = "/v2/app/manifests/latest";
    QByteArray layerPath() const { return blobPath(layer); }
    QByteArray configPath() const { return blobPath(config); }
    static QByteArray blobPath(const QByteArray &bytes);
    static QByteArray digestOf(const QByteArray &bytes);
    static BlobDescriptor describe(const QByteArray &bytes, const QString &type);
    static QByteArray configFor(const QString &architecture, const QByteArray &diffIds);
    static QByteArray manifestOf(const QByteArray &configuration, const QByteArray &layer,
                                 const QString &layerType);

    /// Serves the image as it should be.
    void serveAll();

    const Paths &paths() const { return m_paths; }
    ImageStore store() const { return ImageStore(m_paths); }
    RegistryEndpoint endpoint() const;
    ImageRef ref() const;
    Result<StoredImage> pull(const QList<RegistryEndpoint> &endpoints = {}, const QString &architecture = {});
    /// Its ingest folder is empty.
    bool isClean() const;
    /// The layer in the store is the layer.
    bool isWhole() const;

private:
    QTemporaryDir m_folder;
    const Paths m_paths;
};

} // namespace boxgate::test
