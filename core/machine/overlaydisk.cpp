#include "core/machine/overlaydisk.h"

#include "core/machine/disklayers.h"
#include "core/machine/program.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <cerrno>
#include <cstdio>

namespace boxgate {

namespace {

/// 10 ms on an idle host; a busy disk may take its time.
constexpr std::chrono::milliseconds CreateLimit{30'000};

Result<void> check(const OverlayRequest &request)
{
    const QFileInfo backing(QFileInfo(request.overlay).dir(), request.backing);
    if (!backing.isFile())
        return fail(ErrorCode::NotFound,
                    QStringLiteral("The root disk %1 does not exist").arg(request.backing));
    const bool isRaw = formatOf(request.backing) == QLatin1String("raw");
    if (isRaw && quint64(backing.size()) > request.size.count()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("The image needs a disk of %1 and the box has %2: give it a larger --disk")
                        .arg(Bytes(quint64(backing.size())).toDisplay(), request.size.toDisplay()));
    }
    if (request.existing == OverlayRequest::Existing::Refuse && QFileInfo::exists(request.overlay))
        return fail(ErrorCode::AlreadyExists,
                    QStringLiteral("The disk %1 exists already").arg(request.overlay));
    return {};
}

Error creationError(const OverlayRequest &request, const ProgramOutput &output)
{
    const QString said = QString::fromLocal8Bit(output.errors).trimmed();
    if (said.contains(QLatin1String("No space left on device"))
        || said.contains(QLatin1String("Disk quota exceeded"))) {
        return Error{
            ErrorCode::DiskFull,
            QStringLiteral(
                "There is no space left for the box's disk in %1: free some, or choose another --home")
                .arg(QFileInfo(request.overlay).path()),
            said};
    }
    return Error{
        ErrorCode::Io,
        QStringLiteral("Cannot create the disk %1: %2")
            .arg(request.overlay, said.section(QLatin1Char('\n'), -1).section(QStringLiteral(": "), 1)),
        said};
}

} // namespace

Async<void> createOverlay(OverlayRequest request)
{
    const Result<void> possible = check(request);
    BOXGATE_CO_TRY(possible);
    const QString program = QStandardPaths::findExecutable(QStringLiteral("qemu-img"));
    if (program.isEmpty())
        co_return fail(
            ErrorCode::NotFound,
            QStringLiteral("qemu-img was not found: install it with 'sudo apt install qemu-utils'"));

    const QString partial = request.overlay + QStringLiteral(".part");
    QFile::remove(partial);
    const QStringList arguments{QStringLiteral("create"),
                                QStringLiteral("-q"),
                                QStringLiteral("-f"),
                                QStringLiteral("qcow2"),
                                QStringLiteral("-F"),
                                formatOf(request.backing),
                                QStringLiteral("-b"),
                                request.backing,
                                partial,
                                QString::number(request.size.count())};
    const Result<ProgramOutput> output = co_await runProgram(program, arguments, CreateLimit);
    if (!output || output->exitCode != 0) {
        QFile::remove(partial);
        if (!output)
            co_return fail(
                output.error().in(QStringLiteral("Cannot create the disk %1").arg(request.overlay)));
        co_return fail(creationError(request, *output));
    }
    if (std::rename(QFile::encodeName(partial).constData(), QFile::encodeName(request.overlay).constData())
        != 0) {
        const Error why =
            Error::fromErrno(errno, QStringLiteral("Cannot create the disk %1").arg(request.overlay));
        QFile::remove(partial);
        co_return fail(why);
    }
    co_return {};
}

} // namespace boxgate
