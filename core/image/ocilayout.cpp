#include "core/image/ocilayout.h"

#include "core/image/looseobject.h"

#include <QFile>
#include <QFileInfo>
#include <QSysInfo>

namespace boxgate {

namespace {

/// An index may point to another one, as multi-platform images do.
constexpr int MaxIndexDepth = 4;

Result<QByteArray> readFile(const QString &path, qsizetype maxBytes)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(file.exists() ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("Cannot read %1: %2").arg(path, file.errorString()));
    }
    QByteArray bytes = file.read(maxBytes + 1);
    if (bytes.size() > maxBytes)
        return fail(ErrorCode::Corrupt, QStringLiteral("%1 is larger than %2 bytes").arg(path).arg(maxBytes));
    return bytes;
}

} // namespace

QString OciLayout::hostArchitecture()
{
    const QString name = QSysInfo::currentCpuArchitecture();
    if (name == u"x86_64")
        return QStringLiteral("amd64");
    return name;
}

Result<OciLayout> OciLayout::open(const QString &directory)
{
    if (!QFileInfo(directory).isDir())
        return fail(ErrorCode::NotFound, QStringLiteral("There is no image at %1").arg(directory));
    const auto marker = readFile(directory + QStringLiteral("/oci-layout"), 4096);
    if (!marker)
        return fail(ErrorCode::Corrupt, QStringLiteral("%1 is not an OCI image layout").arg(directory),
                    marker.error().message);
    const auto document = LooseObject::parse(*marker, 4096, QStringLiteral("layout marker"));
    BOXGATE_TRY(document);
    const QString version = document->value(QStringLiteral("imageLayoutVersion")).toString();
    if (!version.startsWith(QLatin1String("1."))) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("%1 is an image layout of version '%2', 1.0.0 is needed")
                        .arg(directory, version.left(20)));
    }
    return OciLayout(directory);
}

QString OciLayout::blobPath(const Digest &digest) const
{
    return m_directory + QStringLiteral("/blobs/sha256/") + digest.hex();
}

Result<QByteArray> OciLayout::readBlob(const BlobDescriptor &descriptor, qsizetype maxBytes) const
{
    auto bytes = readFile(blobPath(descriptor.digest), maxBytes);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image at %1 lacks the blob %2")
                        .arg(m_directory, descriptor.digest.toString()));
    }
    BOXGATE_TRY(bytes);
    if (bytes->size() != descriptor.size || Digest::ofBytes(*bytes) != descriptor.digest) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image at %1 is damaged: a blob is not %2")
                        .arg(m_directory, descriptor.digest.toString()));
    }
    return bytes;
}

Result<BlobDescriptor> OciLayout::findManifest(const QString &architecture, const QString &tag) const
{
    const auto top = readFile(m_directory + QStringLiteral("/index.json"), ImageIndex::MaxJsonBytes);
    BOXGATE_TRY(top);
    QByteArray json = *top;
    for (int depth = 0; depth < MaxIndexDepth; ++depth) {
        const auto index = ImageIndex::parse(json);
        BOXGATE_TRY(index);
        // Only the outermost index names tags.
        const BlobDescriptor *found = index->find(architecture, depth == 0 ? tag : QString());
        if (!found) {
            return fail(ErrorCode::NotFound,
                        QStringLiteral("The image at %1 has nothing for %2%3")
                            .arg(m_directory, architecture,
                                 tag.isEmpty() ? QString() : QStringLiteral(" with the tag ") + tag));
        }
        if (!mediatype::isIndex(found->mediaType))
            return *found;
        const auto inner = readBlob(*found, ImageIndex::MaxJsonBytes);
        BOXGATE_TRY(inner);
        json = *inner;
    }
    return fail(ErrorCode::Corrupt,
                QStringLiteral("The image at %1 nests its indexes too deeply").arg(m_directory));
}

Result<OciLayout::Image> OciLayout::find(const QString &architecture, const QString &tag) const
{
    const auto descriptor = findManifest(architecture, tag);
    BOXGATE_TRY(descriptor);
    return read(*descriptor, architecture);
}

Result<OciLayout::Image> OciLayout::read(const BlobDescriptor &descriptor, const QString &architecture) const
{
    const auto manifestJson = readBlob(descriptor, ImageManifest::MaxJsonBytes);
    BOXGATE_TRY(manifestJson);
    const auto manifest = ImageManifest::parse(*manifestJson);
    BOXGATE_TRY(manifest);
    const auto configJson = readBlob(manifest->config, ImageConfig::MaxJsonBytes);
    BOXGATE_TRY(configJson);
    const auto config = ImageConfig::parse(*configJson);
    BOXGATE_TRY(config);
    if (config->diffIds.size() != manifest->layers.size()) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image at %1 is damaged: %2 layers, but %3 in its configuration")
                        .arg(m_directory)
                        .arg(manifest->layers.size())
                        .arg(config->diffIds.size()));
    }
    if (!config->architecture.isEmpty() && config->architecture != architecture) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image at %1 is made for %2, this machine needs %3")
                        .arg(m_directory, config->architecture, architecture));
    }
    return Image{descriptor.digest, *manifest, *config};
}

} // namespace boxgate
