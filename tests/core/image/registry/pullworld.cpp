#include "tests/core/image/registry/pullworld.h"

#include "core/image/ocilayout.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace boxgate::test {

namespace {

Paths prepared(const QString &home)
{
    const Result<Paths> paths = Paths::locate(home);
    if (!paths || !paths->prepare())
        qFatal("no paths");
    return *paths;
}

RegistryLimits impatient()
{
    RegistryLimits limits;
    limits.http.inactivity = std::chrono::milliseconds(400);
    limits.retry.attempts = 3;
    limits.retry.first = std::chrono::milliseconds(10);
    return limits;
}

QByteArray bytesOf(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = 1;
    for (char &c : bytes) {
        state = state * 1664525 + 1013904223; // Numerical Recipes' generator
        c = char(state >> 24);
    }
    return bytes;
}

} // namespace

PullWorld::PullWorld()
    : layer(bytesOf(3 << 20))
    , m_paths(prepared(m_folder.path()))
{
    config = configFor(OciLayout::hostArchitecture(), '"' + digestOf(layer) + '"');
    manifest = manifestOf(config, layer, mediatype::LayerGzip);
    serveAll();
}

QByteArray PullWorld::digestOf(const QByteArray &bytes)
{
    return Digest::ofBytes(bytes).toString().toLatin1();
}

QByteArray PullWorld::blobPath(const QByteArray &bytes) { return "/v2/app/blobs/" + digestOf(bytes); }

BlobDescriptor PullWorld::describe(const QByteArray &bytes, const QString &type)
{
    BlobDescriptor descriptor;
    descriptor.mediaType = type;
    descriptor.digest = Digest::ofBytes(bytes);
    descriptor.size = bytes.size();
    return descriptor;
}

QByteArray PullWorld::configFor(const QString &architecture, const QByteArray &diffIds)
{
    return "{\"architecture\":\"" + architecture.toLatin1()
        + "\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + diffIds + "]}}";
}

QByteArray PullWorld::manifestOf(const QByteArray &configuration, const QByteArray &layer,
                                 const QString &layerType)
{
    const ImageManifest manifest{describe(configuration, mediatype::Config), {describe(layer, layerType)}};
    return manifest.toJson();
}

void PullWorld::serveAll()
{
    registry.serve(ManifestPath, manifest, mediatype::Manifest.toLatin1());
    registry.serve(configPath(), config, "application/octet-stream");
    registry.serve(layerPath(), layer, "application/octet-stream");
}

RegistryEndpoint PullWorld::endpoint() const
{
    return {registry.host(), registry.host(), RegistryScheme::PlainHttp, {}};
}

ImageRef PullWorld::ref() const { return *ImageRef::parse(registry.host() + QStringLiteral("/app")); }

Result<StoredImage> PullWorld::pull(const QList<RegistryEndpoint> &endpoints, const QString &architecture)
{
    Pull::Job job;
    job.ref = ref();
    job.architecture = architecture.isEmpty() ? OciLayout::hostArchitecture() : architecture;
    job.endpoints = endpoints.isEmpty() ? QList<RegistryEndpoint>{endpoint()} : endpoints;
    Pull pulling(store(), CredentialStore(m_paths), job, impatient());
    return QCoro::waitFor(pulling.run());
}

bool PullWorld::isClean() const
{
    return QDir(m_paths.images() + QStringLiteral("/ingest"))
        .entryList(QDir::Files | QDir::Hidden | QDir::NoDotAndDotDot)
        .isEmpty();
}

bool PullWorld::isWhole() const
{
    QFile file(store().blobPath(Digest::ofBytes(layer)));
    return file.open(QIODevice::ReadOnly) && file.readAll() == layer;
}

} // namespace boxgate::test
