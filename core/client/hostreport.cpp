#include "core/client/hostreport.h"

#include "core/image/imagelibrary.h"
#include "core/machine/hostcapabilities.h"

#include <QCoreApplication>
#include <QStorageInfo>

namespace boxgate {

QCoro::Task<HostSummary> hostReport(Paths paths)
{
    const HostCapabilities host = co_await HostCapabilities::detect(paths);
    HostSummary report;
    report.version = QCoreApplication::applicationVersion();
    if (host.qemu) {
        report.qemuPath = host.qemu->path;
        report.qemuVersion = host.qemu->version.toString();
    }
    report.kernelPath = host.kernel;
    report.cpus = host.cpus;
    report.memory = host.memory;
    report.diskFree =
        Bytes(quint64(std::max<qint64>(0, QStorageInfo(paths.dataDirectory()).bytesAvailable())));
    report.home = paths.dataDirectory();
    report.problems = host.problems;
    const AcceleratorMemory memory(paths.acceleratorMemory());
    const Result<AcceleratorChoice> choice = host.chooseAccelerator(memory);
    if (choice) {
        report.accelerator = toString(choice->accelerator);
        report.acceleratorReason = choice->reason;
    } else {
        report.acceleratorReason = choice.error().message;
        report.problems.append(choice.error().message);
    }
    co_return report;
}

QList<ImageSummary> imageSummaries(const Paths &paths, const QList<BoxSummary> &boxes)
{
    QList<ImageSummary> images;
    const QList<ImageInfo> known = ImageLibrary(paths).list();
    for (const ImageInfo &info : known) {
        ImageSummary image;
        image.name = info.ref.toString();
        image.digest = info.digest.toString();
        image.size = info.size;
        for (const BoxSummary &box : boxes)
            image.boxes += box.spec.image == info.ref ? 1 : 0;
        images.append(image);
    }
    return images;
}

} // namespace boxgate
