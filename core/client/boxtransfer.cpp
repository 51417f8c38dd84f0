#include "core/client/boxtransfer.h"

#include "core/base/workerthread.h"
#include "core/image/imagelibrary.h"
#include "core/machine/disklayers.h"
#include "core/machine/hostcapabilities.h"
#include "core/machine/overlaydisk.h"

namespace boxgate {

namespace {

/// What is too much for this host becomes what it has: the box's maker had another one.
QStringList fitToHost(BoxSpec &spec)
{
    QStringList changed;
    if (spec.cpus > hostCpus()) {
        spec.cpus = hostCpus();
        changed.append(QStringLiteral("CPUs above %1").arg(spec.cpus));
    }
    if (spec.memory > hostMemory()) {
        spec.memory = hostMemory();
        changed.append(QStringLiteral("memory above %1").arg(spec.memory.toDisplay()));
    }
    return changed;
}

} // namespace

BoxTransfer::BoxTransfer(const Paths &paths, BoxStore *store, BoxOperations *operations, BoxDisks *disks)
    : m_paths(paths)
    , m_store(store)
    , m_operations(operations)
    , m_disks(disks)
{ }

Async<void> BoxTransfer::exportBox(BoxId id, QString snapshot, int fd, std::shared_ptr<TransferCount> count)
{
    const Result<FileLock> lock = m_disks->hold(id);
    BOXGATE_CO_TRY(lock);
    const Result<StoredBox> box = m_store->find(id);
    BOXGATE_CO_TRY(box);
    BoxManifest manifest;
    manifest.spec = box->spec;
    QString disk = m_paths.boxDisk(id.toString());
    if (!snapshot.isEmpty()) {
        const Result<Snapshot> found = m_disks->find(id, snapshot);
        BOXGATE_CO_TRY(found);
        manifest.spec = found->spec;
        disk = m_paths.boxDirectory(id.toString()) + QLatin1Char('/') + found->layer;
    }
    const Result<BoxImage> image = BoxImage::read(m_paths.boxImage(id.toString()));
    if (!image && image.error().code != ErrorCode::NotFound)
        co_return fail(image.error());
    if (image) {
        manifest.image = *image;
    } else { // made before boxes kept it
        const Result<ImageInfo> found = ImageLibrary(m_paths).resolve(box->spec.image);
        BOXGATE_CO_TRY(found);
        manifest.image = BoxImage{found->digest, found->config};
    }
    manifest.exportedAt = QDateTime::currentDateTimeUtc();
    const auto work = [disk, manifest, fd, count]() -> Result<bool> {
        Result<std::unique_ptr<DiskReader>> reader = DiskReader::open(disk);
        BOXGATE_TRY(reader);
        const Result<void> written = writeBoxArchive(fd, manifest, **reader, *count);
        BOXGATE_TRY(written);
        return true;
    };
    const Result<bool> done = co_await runOnWorker<bool>(work);
    BOXGATE_CO_TRY(done);
    co_return {};
}

Async<ImportedBox> BoxTransfer::importBox(int fd, QString name, ImportTrust trust,
                                          std::shared_ptr<TransferCount> count)
{
    const auto open = [fd, count] { return BoxArchiveReader::open(fd, count); };
    const Result<std::shared_ptr<BoxArchiveReader>> reader =
        co_await runOnWorker<std::shared_ptr<BoxArchiveReader>>(open);
    BOXGATE_CO_TRY(reader);
    BoxSpec spec = (*reader)->manifest().spec;
    spec.disk = (*reader)->manifest().diskSize;
    ImportedBox imported;
    if (trust == ImportTrust::Nothing)
        imported.leftOut = disarm(spec);
    imported.leftOut += fitToHost(spec);
    const Result<StoredBox> sameName = m_store->resolve(spec.name);
    if (!name.isEmpty())
        spec.name = name;
    else if (sameName && sameName->spec.name == spec.name)
        spec.name.clear();
    const BoxFiller filler = [this, reader = *reader](const QString &directory) {
        return fill(reader, directory);
    };
    const Result<BoxId> id = co_await m_operations->adopt(spec, filler);
    BOXGATE_CO_TRY(id);
    const Result<StoredBox> box = m_store->find(*id);
    BOXGATE_CO_TRY(box);
    imported.id = *id;
    imported.name = box->spec.name;
    co_return imported;
}

Async<void> BoxTransfer::fill(std::shared_ptr<BoxArchiveReader> reader, QString directory)
{
    QString layer = newLayerName();
    layer.replace(QLatin1String(".qcow2"), QLatin1String(".raw"));
    const QString file = directory + QLatin1Char('/') + layer;
    const auto work = [reader, file]() -> Result<bool> {
        const Result<void> written = reader->writeDisk(file);
        BOXGATE_TRY(written);
        return true;
    };
    const Result<bool> written = co_await runOnWorker<bool>(work);
    BOXGATE_CO_TRY(written);
    const Result<void> kept = reader->manifest().image.write(directory + QStringLiteral("/image.json"));
    BOXGATE_CO_TRY(kept);
    const OverlayRequest request{layer, directory + QStringLiteral("/disk.qcow2"),
                                 reader->manifest().diskSize};
    const Result<void> made = co_await createOverlay(request);
    co_return made;
}

} // namespace boxgate
