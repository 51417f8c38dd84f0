#include "core/image/disk/rootdiskbuilder.h"

#include "core/image/disk/ext4file.h"
#include "core/image/disk/layerestimate.h"

#include <QFile>
#include <QFileInfo>

#include <utility>

namespace boxgate {

namespace {

constexpr qint64 ReportEveryMs = 50;
/// Streams that decompress while an earlier layer is written; each holds 8 MiB at most.
constexpr std::size_t LayersAhead = 2;

/// Whether contents of about that size fit for sure; a mistake costs time, see RootDiskBuilder::build().
bool fits(Bytes contents, Bytes disk) { return contents.count() < disk.count() / 10 * 8; }

/// Everything that decides about the blocks in the file.
QByteArray keyOf(const RootDiskBuilder::Job &job, const Ext4Geometry &geometry, const char *mode)
{
    QByteArray key = job.identity.hex().toLatin1() + mode;
    for (const quint64 number : {geometry.blocks, quint64(geometry.inodes), quint64(geometry.journalBlocks)})
        key += ' ' + QByteArray::number(number);
    for (const LayerSource &layer : job.layers)
        key += ' ' + layer.digest.hex().toLatin1() + ' ' + layer.diffId.hex().toLatin1();
    return key;
}

std::vector<std::set<qint64>> winnersOf(const TreeInode &root, qsizetype layers)
{
    std::vector<std::set<qint64>> winners(std::size_t(std::max<qsizetype>(layers, 0)));
    std::vector<const TreeInode *> pending{&root};
    while (!pending.empty()) {
        const TreeInode &inode = *pending.back();
        pending.pop_back();
        if (inode.attributes.type == FileType::Regular)
            winners[std::size_t(inode.layer)].insert(inode.entry);
        for (const auto &[name, child] : inode.children)
            pending.push_back(child.inode.get());
    }
    return winners;
}

/// Opens an earlier build's file, without what followed its last whole layer, or an empty one.
Result<void> prepareFile(const QString &name, const Ext4Geometry &geometry, const BuildLog &log)
{
    // It may be a finished one whose maker died before it had its name, and then it is read-only.
    if (!log.hasLayer())
        QFile::remove(name);
    QFile file(name);
    if (!file.open(QIODevice::ReadWrite)) {
        return fail(ErrorCode::Denied, QStringLiteral("Cannot create %1: %2").arg(name, file.errorString()));
    }
    const qint64 kept = log.hasLayer() && quint64(file.size()) == geometry.size().count() ? file.size() : 0;
    if (!file.resize(kept))
        return fail(ErrorCode::Io, QStringLiteral("Cannot write %1: %2").arg(name, file.errorString()));
    return {};
}

} // namespace

RootDiskBuilder::RootDiskBuilder(RootDiskProgress progress, CancelToken cancel)
    : m_progress(std::move(progress))
    , m_cancel(std::move(cancel))
{ }

Bytes RootDiskBuilder::expectedSize(const Job &job)
{
    return Bytes(estimateContents(job.layers).count() + job.journal.count());
}

Result<void> RootDiskBuilder::build(const Job &job, const QString &file)
{
    m_done = 0;
    m_total = 0;
    m_full = false;
    m_sinceReport.invalidate(); // the first report comes at once
    Result<void> written;
    const bool isSure = fits(expectedSize(job), job.minimumSize);
    if (isSure) {
        const auto geometry = Ext4Geometry::fitting({}, job.minimumSize, job.journal);
        written = writeDisk(job, {geometry, std::nullopt}, file);
    }
    if (!isSure || m_full) {
        const Result<Plan> plan = readNames(job);
        written = plan ? writeDisk(job, *plan, file) : Result<void>(fail(plan.error()));
    }
    if (!written && written.error().code != ErrorCode::Cancelled) {
        QFile::remove(file);
        QFile::remove(logOf(file));
    }
    if (written && m_progress)
        m_progress(Bytes(m_total), Bytes(m_total));
    return written;
}

void RootDiskBuilder::expect(const Job &job)
{
    for (const LayerSource &layer : job.layers)
        m_total += quint64(QFileInfo(layer.file).size());
}

Result<void> RootDiskBuilder::step(LayerReader &reader)
{
    m_done += reader.takeProgress();
    if (m_cancel.isCancelled())
        return fail(ErrorCode::Cancelled, QStringLiteral("Making the root disk was cancelled"));
    if (m_progress && (!m_sinceReport.isValid() || m_sinceReport.elapsed() >= ReportEveryMs)) {
        m_sinceReport.start();
        m_progress(Bytes(m_done), Bytes(m_total));
    }
    return {};
}

Result<std::unique_ptr<LayerReader>> RootDiskBuilder::openLayer(const Job &job, qsizetype layer)
{
    while (m_ahead.size() <= LayersAhead && layer + qsizetype(m_ahead.size()) < job.layers.size()) {
        auto stream = LayerStream::open(job.layers[layer + qsizetype(m_ahead.size())], job.limits);
        BOXGATE_TRY(stream);
        m_ahead.push_back(std::move(*stream));
    }
    std::unique_ptr<LayerStream> next = std::move(m_ahead.front());
    m_ahead.pop_front();
    return LayerReader::open(std::move(next));
}

Result<RootDiskBuilder::Plan> RootDiskBuilder::readNames(const Job &job)
{
    m_ahead.clear();
    // Once here, once for the contents.
    expect(job);
    expect(job);
    LayerTree tree(job.limits);
    for (qsizetype layer = 0; layer < job.layers.size(); ++layer) {
        const auto reader = openLayer(job, layer);
        BOXGATE_TRY(reader);
        tree.beginLayer();
        for (;;) {
            const Result<void> going = step(**reader);
            BOXGATE_TRY(going);
            const auto entry = (*reader)->next();
            BOXGATE_TRY(entry);
            if (!*entry)
                break;
            const Result<TreeInode *> added = tree.add(**entry);
            BOXGATE_TRY(added);
        }
        m_done += (*reader)->takeProgress();
    }
    return Plan{Ext4Geometry::fitting(ContentSize::of(tree.root()), job.minimumSize, job.journal),
                winnersOf(tree.root(), job.layers.size())};
}

Result<void> RootDiskBuilder::writeDisk(const Job &job, const Plan &plan, const QString &file)
{
    m_ahead.clear();
    if (!plan.winners)
        expect(job);
    BuildLog log(logOf(file), keyOf(job, plan.geometry, plan.winners ? " named" : " all"));
    const Result<void> opened = log.open();
    BOXGATE_TRY(opened);
    const Result<void> prepared = prepareFile(file, plan.geometry, log);
    BOXGATE_TRY(prepared);
    const auto image = Ext4Image::make(file, plan.geometry, job.identity);
    BOXGATE_TRY(image);
    LayerTree tree(job.limits);
    Result<void> written = writeLayers(job, plan, (*image)->data(), log, tree);
    if (written)
        written = Ext4TreeWriter(**image, m_cancel).write(tree.root());
    if (written)
        written = (*image)->finish();
    m_full = !written && (*image)->isFull();
    if (written)
        log.remove();
    return written;
}

Result<void> RootDiskBuilder::writeLayers(const Job &job, const Plan &plan, Ext4Data &data, BuildLog &log,
                                          LayerTree &tree)
{
    qsizetype layer = 0;
    for (; log.hasLayer() && layer < job.layers.size(); ++layer) {
        data.goOnAt(log.nextBlock());
        tree.beginLayer();
        const auto again = [&](const LayerEntry &entry, const QList<Extent> &extents) -> Result<void> {
            const Result<TreeInode *> file = tree.add(entry);
            BOXGATE_TRY(file);
            if (*file)
                (*file)->extents = extents;
            return {};
        };
        const Result<void> replayed = log.replay(again);
        BOXGATE_TRY(replayed);
        m_done += quint64(QFileInfo(job.layers[layer].file).size());
    }
    for (; layer < job.layers.size(); ++layer) {
        const auto reader = openLayer(job, layer);
        BOXGATE_TRY(reader);
        tree.beginLayer();
        const std::set<qint64> *winners = plan.winners ? &(*plan.winners)[std::size_t(layer)] : nullptr;
        const Result<void> written = writeLayer(**reader, winners, data, log, tree);
        BOXGATE_TRY(written);
        m_done += (*reader)->takeProgress();
    }
    return {};
}

Result<void> RootDiskBuilder::writeLayer(LayerReader &reader, const std::set<qint64> *winners, Ext4Data &data,
                                         BuildLog &log, LayerTree &tree)
{
    const Result<void> begun = log.begin();
    BOXGATE_TRY(begun);
    for (qint64 number = 0;; ++number) {
        const Result<void> going = step(reader);
        BOXGATE_TRY(going);
        const auto entry = reader.next();
        BOXGATE_TRY(entry);
        if (!*entry)
            break;
        const Result<TreeInode *> file = tree.add(**entry);
        BOXGATE_TRY(file);
        const bool isKept = *file && (!winners || winners->count(number) > 0);
        const Result<void> written = isKept ? writeContents(reader, data, **file) : Result<void>();
        BOXGATE_TRY(written);
        const Result<void> noted = log.add(**entry, *file ? (*file)->extents : QList<Extent>());
        BOXGATE_TRY(noted);
    }
    const Result<quint64> nextBlock = data.flushed();
    BOXGATE_TRY(nextBlock);
    return log.commit(*nextBlock);
}

Result<void> RootDiskBuilder::writeContents(LayerReader &reader, Ext4Data &data, TreeInode &file)
{
    if (file.attributes.size == 0)
        return {};
    Ext4File contents(data, file.attributes.size, file.extents);
    const auto sink = [&](quint64 offset, const char *bytes, std::size_t size) -> Result<void> {
        const Result<void> going = step(reader);
        BOXGATE_TRY(going);
        return contents.write(offset, bytes, size);
    };
    const Result<void> streamed = reader.content(sink);
    BOXGATE_TRY(streamed);
    return contents.finish();
}

} // namespace boxgate
