#include "core/client/boxdisks.h"

#include "core/machine/disklayers.h"
#include "core/machine/overlaydisk.h"
#include "core/model/boxname.h"

#include <QDir>
#include <QFile>
#include <QSet>

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace boxgate {

namespace {

const QString DiskName = QStringLiteral("disk.qcow2");
/// Beside the disk, to compare it with.
const QString FreshName = QStringLiteral("fresh.qcow2");

Bytes allocated(const QString &file)
{
    struct stat info
    { };
    return ::stat(QFile::encodeName(file).constData(), &info) == 0 ? Bytes(quint64(info.st_blocks) * 512)
                                                                   : Bytes();
}

Result<void> linkFile(const QString &from, const QString &to)
{
    if (::link(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0)
        return {};
    return fail(Error::fromErrno(errno, QStringLiteral("Cannot link %1 as %2").arg(from, to)));
}

/// Overlays that hold nothing have a few hundred KiB.
bool haveSameBytes(const QString &a, const QString &b)
{
    constexpr qint64 MaxEmptyBytes = 4 << 20;
    QFile first(a);
    QFile second(b);
    return first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly)
        && first.size() == second.size() && first.size() <= MaxEmptyBytes
        && first.readAll() == second.readAll();
}

} // namespace

BoxDisks::BoxDisks(const Paths &paths, BoxStore *store, BoxOperations *operations)
    : m_paths(paths)
    , m_store(store)
    , m_operations(operations)
{ }

QString BoxDisks::file(const BoxId &id, const QString &name) const
{
    return m_paths.boxDirectory(id.toString()) + QLatin1Char('/') + name;
}

Result<QString> BoxDisks::nameOf(const BoxId &id) const
{
    const Result<StoredBox> box = m_store->find(id);
    BOXGATE_TRY(box);
    return box->spec.name;
}

Result<FileLock> BoxDisks::hold(const BoxId &id) const
{
    const Result<QString> name = nameOf(id);
    BOXGATE_TRY(name);
    const auto running = [&] {
        return fail(ErrorCode::Conflict,
                    QStringLiteral("Box %1 is running: 'boxgate stop %1' comes first").arg(*name));
    };
    // A runner takes its own lock and then this one, so one of the two always sees the other.
    Result<FileLock> lock = FileLock::acquire(m_paths.boxDiskLock(id.toString()));
    const bool isRunning = m_operations->directory().liveness(id) == Liveness::HasRunner;
    if (isRunning)
        return running();
    if (!lock && lock.error().code == ErrorCode::Conflict) {
        return fail(
            ErrorCode::Conflict,
            QStringLiteral("The disk of box %1 is being snapshotted, copied or exported: try again when that "
                           "is done")
                .arg(*name));
    }
    BOXGATE_TRY(lock);
    if (!QFileInfo::exists(file(id, DiskName))) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("Box %1 has no disk yet: 'boxgate start %1' makes it").arg(*name));
    }
    return lock;
}

Result<QList<Snapshot>> BoxDisks::list(const BoxId &id) const
{
    return readSnapshots(m_paths.boxSnapshots(id.toString()));
}

Result<Snapshot> BoxDisks::find(const BoxId &id, const QString &name) const
{
    const Result<QList<Snapshot>> present = list(id);
    BOXGATE_TRY(present);
    for (const Snapshot &snapshot : *present) {
        if (snapshot.name == name)
            return snapshot;
    }
    const Result<QString> box = nameOf(id);
    BOXGATE_TRY(box);
    return fail(
        ErrorCode::NotFound,
        QStringLiteral("Box %1 has no snapshot %2: 'boxgate snapshot ls %1' lists them").arg(*box, name));
}

Result<QList<SnapshotSummary>> BoxDisks::snapshots(const BoxId &id) const
{
    const Result<QList<Snapshot>> present = list(id);
    BOXGATE_TRY(present);
    QList<SnapshotSummary> summaries;
    for (const Snapshot &snapshot : *present)
        summaries.append({snapshot, allocated(file(id, snapshot.layer))});
    return summaries;
}

Async<Snapshot> BoxDisks::createSnapshot(BoxId id, QString name)
{
    const Result<FileLock> lock = hold(id);
    BOXGATE_CO_TRY(lock);
    Result<QList<Snapshot>> present = list(id);
    BOXGATE_CO_TRY(present);
    QSet<QString> taken;
    for (const Snapshot &snapshot : std::as_const(*present))
        taken.insert(snapshot.name);
    for (int number = 1; name.isEmpty() || (number > 1 && taken.contains(name)); ++number)
        name = QStringLiteral("s%1").arg(number);
    if (!checkBoxName(name)) {
        co_return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is no name of a snapshot: lower-case letters, digits, '-', '_' and '.', at "
                           "most 63")
                .arg(name.left(80)));
    }
    if (taken.contains(name))
        co_return fail(ErrorCode::AlreadyExists, QStringLiteral("There is a snapshot %1 already").arg(name));
    if (present->size() >= MaxSnapshots) {
        co_return fail(ErrorCode::Conflict,
                       QStringLiteral("A box has at most %1 snapshots: remove one first").arg(MaxSnapshots));
    }
    const Result<StoredBox> box = m_store->find(id);
    BOXGATE_CO_TRY(box);
    const Result<QString> layer = co_await freeze(id);
    BOXGATE_CO_TRY(layer);
    const Snapshot snapshot{name, *layer, QDateTime::currentDateTimeUtc(), box->spec};
    present->append(snapshot);
    const Result<void> written = writeSnapshots(m_paths.boxSnapshots(id.toString()), *present);
    BOXGATE_CO_TRY(written);
    removeLeftovers(id);
    co_return snapshot;
}

/// Makes the disk, as it is now, a layer, and the disk an empty file over it.
/// Returns  the layer: an existing one when nothing was written over it
Async<QString> BoxDisks::freeze(BoxId id)
{
    const QString disk = file(id, DiskName);
    const Result<QcowHeader> header = readQcowHeader(disk);
    BOXGATE_CO_TRY(header);
    if (isLayerName(header->backing)) {
        const Result<bool> untouched = co_await isUntouched(id);
        BOXGATE_CO_TRY(untouched);
        if (*untouched)
            co_return header->backing;
    }
    const Result<void> room = co_await makeRoomForLayer(id);
    BOXGATE_CO_TRY(room);
    const QString layer = newLayerName();
    const Result<void> linked = linkFile(disk, file(id, layer));
    BOXGATE_CO_TRY(linked);
    OverlayRequest request{layer, disk, header->size};
    request.existing = OverlayRequest::Existing::Replace;
    const Result<void> made = co_await createOverlay(request);
    if (!made)
        QFile::remove(file(id, layer));
    BOXGATE_CO_TRY(made);
    co_return layer;
}

/// Whether nothing was written to the disk since it was made: it is like one that is made now.
Async<bool> BoxDisks::isUntouched(BoxId id)
{
    const QString disk = file(id, DiskName);
    const Result<QcowHeader> header = readQcowHeader(disk);
    BOXGATE_CO_TRY(header);
    OverlayRequest request{header->backing, file(id, FreshName), header->size};
    request.existing = OverlayRequest::Existing::Replace;
    const Result<void> made = co_await createOverlay(request);
    BOXGATE_CO_TRY(made);
    const bool isSame = haveSameBytes(disk, request.overlay);
    QFile::remove(request.overlay);
    co_return isSame;
}

/// Merges layers that are no snapshots while there are too many.
Async<void> BoxDisks::makeRoomForLayer(BoxId id)
{
    const QString directory = m_paths.boxDirectory(id.toString());
    const Result<QStringList> layers = layersBelow(directory, DiskName);
    BOXGATE_CO_TRY(layers);
    if (layers->size() < MaxLayers - 1)
        co_return {};
    const Result<QList<Snapshot>> present = list(id);
    BOXGATE_CO_TRY(present);
    for (const QString &layer : *layers) {
        const auto isLayers = [&layer](const Snapshot &snapshot) { return snapshot.layer == layer; };
        if (formatOf(layer) == QLatin1String("raw")
            || std::any_of(present->begin(), present->end(), isLayers))
            continue;
        const Result<void> dropped = co_await dropLayer(id, layer);
        co_return dropped;
    }
    co_return fail(ErrorCode::Conflict,
                   QStringLiteral("The disk has %1 layers, as many as it may: remove a snapshot first")
                       .arg(layers->size()));
}

/// Takes a layer out of the disk and the snapshots that are built on it.
Async<void> BoxDisks::dropLayer(BoxId id, QString layer)
{
    const QString directory = m_paths.boxDirectory(id.toString());
    if (formatOf(layer) == QLatin1String("raw"))
        co_return {}; // an import's whole disk: what is built on it needs it
    const Result<QcowHeader> header = readQcowHeader(file(id, layer));
    BOXGATE_CO_TRY(header);
    const QStringList names = QDir(directory).entryList({QStringLiteral("*.qcow2")}, QDir::Files);
    for (const QString &name : names) {
        const Result<QcowHeader> over = readQcowHeader(file(id, name));
        if (!over || over->backing != layer)
            continue;
        const Result<void> merged = co_await mergeInto(file(id, name), header->backing);
        BOXGATE_CO_TRY(merged);
    }
    co_return {};
}

Async<void> BoxDisks::restore(BoxId id, QString name)
{
    const Result<FileLock> lock = hold(id);
    BOXGATE_CO_TRY(lock);
    const Result<Snapshot> snapshot = find(id, name);
    BOXGATE_CO_TRY(snapshot);
    const Result<Bytes> size = diskSize(file(id, snapshot->layer));
    BOXGATE_CO_TRY(size);
    OverlayRequest request{snapshot->layer, file(id, DiskName), *size};
    request.existing = OverlayRequest::Existing::Replace;
    const Result<void> made = co_await createOverlay(request);
    BOXGATE_CO_TRY(made);
    removeLeftovers(id);
    co_return {};
}

Async<void> BoxDisks::removeSnapshot(BoxId id, QString name)
{
    const Result<FileLock> lock = hold(id);
    BOXGATE_CO_TRY(lock);
    const Result<Snapshot> snapshot = find(id, name);
    BOXGATE_CO_TRY(snapshot);
    Result<QList<Snapshot>> present = list(id);
    BOXGATE_CO_TRY(present);
    present->removeIf([&name](const Snapshot &other) { return other.name == name; });
    const Result<void> written = writeSnapshots(m_paths.boxSnapshots(id.toString()), *present);
    BOXGATE_CO_TRY(written);
    removeLeftovers(id);
    const auto isShared = [&](const Snapshot &other) { return other.layer == snapshot->layer; };
    const bool isGone = !QFileInfo::exists(file(id, snapshot->layer));
    if (isGone || std::any_of(present->begin(), present->end(), isShared))
        co_return {};
    const Result<void> dropped = co_await dropLayer(id, snapshot->layer);
    removeLeftovers(id);
    // The snapshot is gone in any case; a clone that runs keeps the file for now.
    if (!dropped && dropped.error().code != ErrorCode::Conflict)
        co_return fail(dropped.error());
    co_return {};
}

/// Layers that neither the disk nor a snapshot is built on, and what an interrupted call has left.
void BoxDisks::removeLeftovers(const BoxId &id) const
{
    const QString directory = m_paths.boxDirectory(id.toString());
    const Result<QList<Snapshot>> present = list(id);
    if (!present)
        return;
    QStringList roots{DiskName};
    for (const Snapshot &snapshot : *present)
        roots.append(snapshot.layer);
    QSet<QString> needed;
    for (const QString &root : std::as_const(roots)) {
        const Result<QStringList> layers = layersBelow(directory, root);
        if (!layers)
            return; // what cannot be read is not judged
        needed.insert(root);
        needed.unite(QSet<QString>(layers->begin(), layers->end()));
    }
    const QStringList names = QDir(directory).entryList(
        {QStringLiteral("layer-*"), QStringLiteral("*.part"), FreshName}, QDir::Files);
    for (const QString &name : names) {
        if (!needed.contains(name))
            QFile::remove(file(id, name));
    }
}

Async<BoxId> BoxDisks::clone(BoxId id, QString newName, QString snapshot)
{
    const Result<FileLock> lock = hold(id);
    BOXGATE_CO_TRY(lock);
    const Result<StoredBox> box = m_store->find(id);
    BOXGATE_CO_TRY(box);
    BoxSpec spec = box->spec;
    QString layer;
    if (snapshot.isEmpty()) {
        const Result<QString> frozen = co_await freeze(id);
        BOXGATE_CO_TRY(frozen);
        layer = *frozen;
    } else {
        const Result<Snapshot> found = find(id, snapshot);
        BOXGATE_CO_TRY(found);
        layer = found->layer;
        spec = found->spec;
    }
    spec.name = newName;
    const BoxFiller fill = [this, id, layer](const QString &directory) {
        return fillClone(id, layer, directory);
    };
    const Result<BoxId> made = co_await m_operations->adopt(spec, fill);
    co_return made;
}

Async<void> BoxDisks::fillClone(BoxId from, QString layer, QString directory)
{
    const QString source = m_paths.boxDirectory(from.toString());
    Result<QStringList> layers = layersBelow(source, layer);
    BOXGATE_CO_TRY(layers);
    layers->prepend(layer);
    for (const QString &name : std::as_const(*layers)) {
        const Result<void> linked =
            linkFile(source + QLatin1Char('/') + name, directory + QLatin1Char('/') + name);
        BOXGATE_CO_TRY(linked);
    }
    const QString image = m_paths.boxImage(from.toString());
    if (QFileInfo::exists(image)) {
        const Result<void> linked = linkFile(image, directory + QStringLiteral("/image.json"));
        BOXGATE_CO_TRY(linked);
    }
    const Result<Bytes> size = diskSize(file(from, layer));
    BOXGATE_CO_TRY(size);
    const OverlayRequest request{layer, directory + QLatin1Char('/') + DiskName, *size};
    const Result<void> made = co_await createOverlay(request);
    co_return made;
}

} // namespace boxgate
