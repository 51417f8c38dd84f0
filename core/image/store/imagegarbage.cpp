#include "core/image/store/imagegarbage.h"

#include "core/image/store/diskbacking.h"
#include "core/image/store/diskusage.h"

#include <QDir>
#include <QFileInfo>

namespace boxgate {

namespace {

/// The files of a directory for which is garbage holds.
template <typename IsGarbage>
void sweep(const QString &directory, ImageGarbage::Found &found, IsGarbage isGarbage)
{
    const QDir folder(directory);
    for (const QString &name : folder.entryList(QDir::Files | QDir::Hidden, QDir::Name)) {
        if (!isGarbage(name))
            continue;
        const QString file = folder.filePath(name);
        found.files.append(file);
        found.bytes = Bytes(found.bytes.count() + allocatedBytes(file).count());
    }
}

} // namespace

ImageGarbage::ImageGarbage(const Paths &paths, const QList<Digest> &builtin)
    : m_paths(paths)
    , m_store(paths)
    , m_builtin(builtin)
{ }

Result<void> ImageGarbage::mark(const Digest &manifest, Roots &roots) const
{
    if (roots.images.contains(manifest.hex()))
        return {};
    roots.images.insert(manifest.hex());
    roots.blobs.insert(manifest.hex());
    QFile file(m_store.blobPath(manifest));
    if (!file.exists())
        return {}; // builtin, or an image whose blobs are gone
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Denied, QStringLiteral("Cannot read %1").arg(file.fileName()));
    const auto read = ImageManifest::parse(file.read(ImageManifest::MaxJsonBytes + 1));
    if (!read)
        return {}; // damaged: it leads nowhere any more
    roots.blobs.insert(read->config.digest.hex());
    for (const BlobDescriptor &layer : read->layers)
        roots.blobs.insert(layer.digest.hex());
    return {};
}

Result<ImageGarbage::Roots> ImageGarbage::roots(const QList<ImageRef> &ignored) const
{
    Roots roots;
    const auto names = m_store.list();
    BOXGATE_TRY(names);
    const auto boxes = boxesOnRootDisks(m_paths);
    BOXGATE_TRY(boxes);
    QList<Digest> manifests;
    for (const StoredImage &image : *names) {
        if (ignored.contains(image.ref))
            continue;
        manifests.append(image.manifest.digest);
        roots.blobs.insert(image.index.hex());
    }
    for (const QString &digest : boxes->keys())
        manifests.append(Digest::parse(digest).value_or(Digest()));
    for (const Digest &manifest : std::as_const(manifests)) {
        const Result<void> marked = mark(manifest, roots);
        BOXGATE_TRY(marked);
    }
    // Their blobs are not in the store, or in it under other names, too.
    for (const Digest &manifest : m_builtin)
        roots.images.insert(manifest.hex());
    return roots;
}

Result<ImageGarbage::Found> ImageGarbage::find(const QList<ImageRef> &ignored) const
{
    const auto roots = this->roots(ignored);
    BOXGATE_TRY(roots);
    Found found;
    sweep(m_store.directory() + QStringLiteral("/blobs/sha256"), found,
          [&](const QString &name) { return !roots->blobs.contains(name); });
    sweep(m_store.ingestDirectory(), found, [](const QString &) { return true; });
    sweep(m_paths.rootDisks(), found, [&](const QString &name) {
        const auto image = rootDiskImage(name);
        // Beside a root disk there are its lock and, while it is made, its parts.
        return image && (!roots->images.contains(image->hex()) || !name.endsWith(QLatin1String(".ext4")));
    });
    return found;
}

Result<ImageGarbage::Found> ImageGarbage::collect(const CancelToken &cancel) const
{
    const auto alone = m_store.useAlone(cancel);
    BOXGATE_TRY(alone);
    const auto garbage = find();
    BOXGATE_TRY(garbage);
    Found removed;
    for (const QString &file : garbage->files) {
        const Bytes size = allocatedBytes(file);
        if (!QFile::remove(file))
            continue;
        removed.files.append(file);
        removed.bytes = Bytes(removed.bytes.count() + size.count());
    }
    return removed;
}

} // namespace boxgate
