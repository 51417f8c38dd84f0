#include "core/image/disk/rootdiskbuilder.h"

#include "core/image/disk/ext4file.h"

#include <QFile>
#include <QFileInfo>

#include <utility>

namespace boxgate {

namespace {

constexpr qint64 ReportEveryMs = 50;

} // namespace

RootDiskBuilder::RootDiskBuilder(RootDiskProgress progress, CancelToken cancel)
    : m_progress(std::move(progress))
    , m_cancel(std::move(cancel))
{ }

Result<void> RootDiskBuilder::build(const Job &job, const QString &file)
{
    m_done = 0;
    m_total = 0;
    for (const LayerSource &layer : job.layers)
        m_total += 2 * quint64(QFileInfo(layer.file).size());
    m_sinceReport.start();
    LayerTree tree(job.limits);
    const Result<void> read = readNames(job, tree);
    BOXGATE_TRY(read);

    QFile made(file);
    if (!made.open(QIODevice::NewOnly | QIODevice::WriteOnly)) {
        return fail(made.exists() ? ErrorCode::AlreadyExists : ErrorCode::Denied,
                    QStringLiteral("Cannot create %1: %2").arg(file, made.errorString()));
    }
    made.close();
    Result<void> written = writeFiles(job, tree, file);
    if (!written)
        QFile::remove(file);
    return written;
}

Result<void> RootDiskBuilder::step(LayerReader &reader)
{
    m_done += reader.takeProgress();
    if (m_cancel.isCancelled())
        return fail(ErrorCode::Cancelled, QStringLiteral("Making the root disk was cancelled"));
    if (m_progress && m_sinceReport.elapsed() >= ReportEveryMs) {
        m_sinceReport.restart();
        m_progress(Bytes(m_done), Bytes(m_total));
    }
    return {};
}

Result<void> RootDiskBuilder::readNames(const Job &job, LayerTree &tree)
{
    for (const LayerSource &layer : job.layers) {
        const auto reader = LayerReader::open(layer, job.limits, LayerReader::Verify::Yes);
        BOXGATE_TRY(reader);
        tree.beginLayer();
        for (;;) {
            const Result<void> going = step(**reader);
            BOXGATE_TRY(going);
            const auto entry = (*reader)->next();
            BOXGATE_TRY(entry);
            if (!*entry)
                break;
            const Result<void> added = tree.add(**entry);
            BOXGATE_TRY(added);
        }
    }
    return {};
}

Result<void> RootDiskBuilder::writeFiles(const Job &job, const LayerTree &tree, const QString &file)
{
    const auto geometry = Ext4Geometry::fitting(ContentSize::of(tree.root()), job.minimumSize, job.journal);
    const auto image = Ext4Image::make(file, geometry, job.identity);
    BOXGATE_TRY(image);
    Ext4TreeWriter writer(**image);
    const Result<void> named = writer.write(tree.root());
    BOXGATE_TRY(named);
    for (int layer = 0; layer < job.layers.size(); ++layer) {
        const Result<void> filled = writeContents(job, layer, writer.contents(layer), **image);
        BOXGATE_TRY(filled);
    }
    const Result<void> finished = (*image)->finish();
    BOXGATE_TRY(finished);
    if (m_progress)
        m_progress(Bytes(m_total), Bytes(m_total));
    return {};
}

Result<void> RootDiskBuilder::writeContents(const Job &job, int layer,
                                            const std::map<qint64, Ext4TreeWriter::Target> &targets,
                                            Ext4Image &image)
{
    if (targets.empty())
        return {};
    const auto reader = LayerReader::open(job.layers[layer], job.limits, LayerReader::Verify::No);
    BOXGATE_TRY(reader);
    auto target = targets.begin();
    for (qint64 number = 0; target != targets.end(); ++number) {
        const Result<void> going = step(**reader);
        BOXGATE_TRY(going);
        const auto entry = (*reader)->next();
        BOXGATE_TRY(entry);
        if (!*entry || ((*entry)->attributes.size != target->second.size && number == target->first))
            return fail(
                ErrorCode::Corrupt,
                QStringLiteral("The image's layer %1 changed while it was read").arg(job.layers[layer].file));
        if (number != target->first)
            continue;
        Ext4File contents(image, target->second.inode, target->second.size);
        const auto sink = [&](quint64 offset, const char *data, std::size_t size) -> Result<void> {
            const Result<void> stepped = step(**reader);
            BOXGATE_TRY(stepped);
            return contents.write(offset, data, size);
        };
        const Result<void> streamed = (*reader)->content(sink);
        BOXGATE_TRY(streamed);
        const Result<void> finished = contents.finish();
        BOXGATE_TRY(finished);
        ++target;
    }
    return {};
}

} // namespace boxgate
