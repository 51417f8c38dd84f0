// rootdisk LAYOUT TAG HOME [BOX-DISK-MIB]: makes the root disk of an image in an OCI layout under a home of
// its own and prints its name; for benchmarks, and for tests that kill it or measure its memory.

#include "core/image/imagelibrary.h"
#include "core/image/ocilayout.h"

#include <QCoreApplication>

#include <cstdio>

using namespace boxgate;

namespace {

Result<QString> make(const QStringList &words)
{
    const auto layout = OciLayout::open(words[1]);
    BOXGATE_TRY(layout);
    const auto image = layout->find(OciLayout::hostArchitecture(), words[2]);
    BOXGATE_TRY(image);
    const Result<Paths> paths = Paths::locate(words[3]);
    BOXGATE_TRY(paths);
    const Result<void> prepared = paths->prepare();
    BOXGATE_TRY(prepared);
    ImageInfo info;
    info.digest = image->digest;
    info.config = image->config;
    info.layers = image->manifest.layers;
    info.layout = layout->directory();
    const Bytes disk =
        words.size() > 4 ? Bytes::fromMebi(words[4].toULongLong()) : RootDiskBuilder::StandardSize;
    return ImageLibrary(*paths).rootDisk(info, disk);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc < 4)
        qFatal("usage: rootdisk LAYOUT TAG HOME [BOX-DISK-MIB]");
    const Result<QString> made = make(QCoreApplication::arguments());
    std::fprintf(made ? stdout : stderr, "%s\n", qPrintable(made ? *made : made.error().message));
    return made ? 0 : 1;
}
