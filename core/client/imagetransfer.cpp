/// Images on their way in and out: declared in imageoperations.h.
#include "core/base/workerthread.h"
#include "core/client/imageoperations.h"
#include "core/image/archive/enginearchive.h"
#include "core/image/archive/imageloader.h"
#include "core/image/archive/imagesaver.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace boxgate {

namespace {

using Images = QList<StoredImage>;

ByteSource sourceOf(QFile &file)
{
    return [&file](char *data, qint64 size) -> Result<qint64> {
        const qint64 count = file.read(data, size);
        if (count < 0)
            return fail(ErrorCode::Io, QStringLiteral("Reading failed: %1").arg(file.errorString()));
        return count;
    };
}

Result<Images> loadFile(ImageLoader &loader, const LoadRequest &request, ImageTransferCount &count)
{
    if (QFileInfo(request.source).isDir())
        return loader.loadFolder(request.source, request.name);
    QFile file(request.source);
    const bool isInput = request.from == LoadRequest::From::StandardInput;
    const bool isOpen = isInput ? file.open(stdin, QIODevice::ReadOnly | QIODevice::Unbuffered)
                                : file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    if (!isOpen) {
        return fail(file.exists() ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("It cannot be read: %1").arg(file.errorString()));
    }
    count.total = isInput ? 0 : quint64(std::max<qint64>(file.size(), 0));
    return loader.loadArchive(sourceOf(file), request.name);
}

Result<Images> loadFromEngine(ImageLoader &loader, const LoadRequest &request)
{
    EngineArchive engine;
    const auto which =
        request.from == LoadRequest::From::Docker ? ContainerEngine::Docker : ContainerEngine::Podman;
    const Result<void> started = engine.start(which, request.source);
    BOXGATE_TRY(started);
    auto loaded = loader.loadArchive(engine.source(), request.name);
    BOXGATE_TRY(loaded);
    const Result<void> finished = engine.finish();
    BOXGATE_TRY(finished);
    return loaded;
}

QString wordsFor(const LoadRequest &request)
{
    switch (request.from) {
    case LoadRequest::From::Docker:
        return QStringLiteral("Cannot load %1 from docker").arg(request.source);
    case LoadRequest::From::Podman:
        return QStringLiteral("Cannot load %1 from podman").arg(request.source);
    case LoadRequest::From::StandardInput:
        return QStringLiteral("Cannot load standard input");
    case LoadRequest::From::File:
        break;
    }
    return QStringLiteral("Cannot load %1").arg(request.source);
}

Result<Images> loadNow(const Paths &paths, const LoadRequest &request, ImageTransferCount &count)
{
    const auto progress = [&count](Bytes done) { count.done = done.count(); };
    ImageLoader loader(ImageStore(paths), progress, CancelToken());
    const bool isFile =
        request.from == LoadRequest::From::File || request.from == LoadRequest::From::StandardInput;
    auto loaded = isFile ? loadFile(loader, request, count) : loadFromEngine(loader, request);
    if (!loaded)
        return fail(loaded.error().in(wordsFor(request)));
    return loaded;
}

Result<void> saveToFile(ImageSaver &saver, const QList<ImageInfo> &images, const QString &path)
{
    const bool isOutput = path == QLatin1String("-");
    // A pipe or a device is no file to put another one in the place of.
    const bool isDirect = isOutput || (QFileInfo::exists(path) && !QFileInfo(path).isFile());
    QFile file(isDirect ? path : path + QStringLiteral(".part"));
    const bool isOpen = isOutput
        ? file.open(stdout, QIODevice::WriteOnly | QIODevice::Unbuffered)
        : file.open(QIODevice::WriteOnly | QIODevice::Truncate | QIODevice::Unbuffered);
    if (!isOpen)
        return fail(ErrorCode::Denied,
                    QStringLiteral("Cannot write %1: %2").arg(file.fileName(), file.errorString()));
    const auto sink = [&file](const char *data, qint64 size) -> Result<void> {
        if (file.write(data, size) == size)
            return {};
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot write %1: %2").arg(file.fileName(), file.errorString()));
    };
    Result<void> saved = saver.toArchive(images, sink);
    if (isDirect)
        return saved;
    file.close();
    if (saved
        && std::rename(QFile::encodeName(file.fileName()).constData(), QFile::encodeName(path).constData())
            != 0)
        saved = fail(Error::fromErrno(errno, QStringLiteral("Cannot rename %1").arg(file.fileName())));
    if (!saved)
        file.remove();
    return saved;
}

} // namespace

Async<QList<StoredImage>> ImageOperations::load(LoadRequest request,
                                                std::shared_ptr<ImageTransferCount> count) const
{
    const auto work = [paths = m_paths, request, count] { return loadNow(paths, request, *count); };
    const Result<Images> loaded = co_await runOnWorker<Images>(work);
    co_return loaded;
}

Async<void> ImageOperations::save(QList<ImageInfo> images, QString file,
                                  std::shared_ptr<ImageTransferCount> count) const
{
    const auto work = [images, file, count] {
        const auto progress = [&count](Bytes done, Bytes total) {
            count->total = total.count();
            count->done = done.count();
        };
        ImageSaver saver(progress, CancelToken());
        const bool isFolder = file.endsWith(u'/') || QFileInfo(file).isDir();
        return isFolder ? saver.toFolder(images, file) : saveToFile(saver, images, file);
    };
    const Result<void> saved = co_await runOnWorker<void>(work);
    co_return saved;
}

} // namespace boxgate
