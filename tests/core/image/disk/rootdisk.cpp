// rootdisk LAYOUT TAG FILE [MINIMUM-MIB]: the root disk of an image in an OCI layout, for benchmarks and for
// tests that kill it.

#include "core/image/disk/disksync.h"
#include "core/image/disk/rootdiskbuilder.h"
#include "core/image/ocilayout.h"

#include <QCoreApplication>
#include <QFile>

using namespace boxgate;

namespace {

Result<void> make(const QStringList &words)
{
    const auto layout = OciLayout::open(words[1]);
    BOXGATE_TRY(layout);
    const auto image = layout->find(OciLayout::hostArchitecture(), words[2]);
    BOXGATE_TRY(image);
    RootDiskBuilder::Job job;
    job.identity = image->digest;
    job.minimumSize =
        words.size() > 4 ? Bytes::fromMebi(words[4].toULongLong()) : RootDiskBuilder::StandardSize;
    for (qsizetype i = 0; i < image->manifest.layers.size(); ++i) {
        const Digest &digest = image->manifest.layers[i].digest;
        job.layers.append({layout->blobPath(digest), digest, image->config.diffIds.value(i)});
    }
    const Result<void> built = RootDiskBuilder({}, {}).build(job, words[3]);
    BOXGATE_TRY(built);
    QFile file(words[3]);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, file.errorString());
    return syncToDisk(file.handle());
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc < 4)
        qFatal("usage: rootdisk LAYOUT TAG FILE [MINIMUM-MIB]");
    const Result<void> made = make(QCoreApplication::arguments());
    if (!made)
        qCritical("%s (%s)", qPrintable(made.error().message), qPrintable(made.error().detail));
    return made ? 0 : 1;
}
