#include "core/machine/disklayers.h"

#include "core/machine/program.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QtEndian>

namespace boxgate {

namespace {

constexpr qint64 HeaderBytes = 72;
constexpr quint32 Magic = 0x514649fb; // "QFI\xfb"
/// QEMU refuses longer names.
constexpr quint32 MaxBackingBytes = 1023;
/// A day: it copies as much as the box has written.
constexpr std::chrono::milliseconds MergeLimit{24LL * 3600 * 1000};

} // namespace

Result<QcowHeader> readQcowHeader(const QString &file)
{
    QFile opened(file);
    if (!opened.open(QIODevice::ReadOnly)) {
        const ErrorCode code = QFileInfo::exists(file) ? ErrorCode::Io : ErrorCode::NotFound;
        return fail(code, QStringLiteral("Cannot read the disk %1: %2").arg(file, opened.errorString()));
    }
    const QByteArray header = opened.read(HeaderBytes);
    const auto corrupt = [&] {
        return fail(ErrorCode::Corrupt, QStringLiteral("%1 is no disk of a box").arg(file));
    };
    if (header.size() < HeaderBytes || qFromBigEndian<quint32>(header.constData()) != Magic)
        return corrupt();
    const auto offset = qFromBigEndian<quint64>(header.constData() + 8);
    const auto length = qFromBigEndian<quint32>(header.constData() + 16);
    QcowHeader read;
    read.size = Bytes(qFromBigEndian<quint64>(header.constData() + 24));
    if (offset == 0)
        return read;
    if (length > MaxBackingBytes || offset > quint64(opened.size()) || !opened.seek(qint64(offset)))
        return corrupt();
    const QByteArray name = opened.read(length);
    if (name.size() != qsizetype(length))
        return corrupt();
    read.backing = QFile::decodeName(name);
    return read;
}

Result<Bytes> diskSize(const QString &file)
{
    if (formatOf(file) == QLatin1String("raw")) {
        const QFileInfo raw(file);
        if (!raw.isFile())
            return fail(ErrorCode::NotFound, QStringLiteral("The disk %1 does not exist").arg(file));
        return Bytes(quint64(raw.size()));
    }
    const Result<QcowHeader> header = readQcowHeader(file);
    BOXGATE_TRY(header);
    return header->size;
}

QString newLayerName()
{
    const quint64 id = QRandomGenerator::system()->generate64();
    return QStringLiteral("layer-%1.qcow2").arg(id, 16, 16, QLatin1Char('0'));
}

bool isLayerName(const QString &backing)
{
    return backing.startsWith(QLatin1String("layer-")) && !backing.contains(u'/');
}

QString formatOf(const QString &file)
{
    return file.endsWith(QLatin1String(".qcow2")) ? QStringLiteral("qcow2") : QStringLiteral("raw");
}

Result<QStringList> layersBelow(const QString &directory, const QString &name)
{
    QStringList layers;
    QString present = name;
    while (formatOf(present) == QLatin1String("qcow2")) {
        const Result<QcowHeader> header = readQcowHeader(directory + QLatin1Char('/') + present);
        BOXGATE_TRY(header);
        if (!isLayerName(header->backing))
            break;
        present = header->backing;
        if (layers.contains(present) || layers.size() >= MaxLayers)
            return fail(ErrorCode::Corrupt,
                        QStringLiteral("The disk in %1 has layers without end").arg(directory));
        layers.append(present);
    }
    return layers;
}

Async<void> mergeInto(QString file, QString below)
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("qemu-img"));
    if (program.isEmpty())
        co_return fail(
            ErrorCode::NotFound,
            QStringLiteral("qemu-img was not found: install it with 'sudo apt install qemu-utils'"));
    const QStringList arguments{QStringLiteral("rebase"),
                                QStringLiteral("-q"),
                                QStringLiteral("-f"),
                                QStringLiteral("qcow2"),
                                QStringLiteral("-F"),
                                formatOf(below),
                                QStringLiteral("-b"),
                                below,
                                file};
    const Result<ProgramOutput> output = co_await runProgram(program, arguments, MergeLimit);
    BOXGATE_CO_TRY(output);
    if (output->exitCode == 0)
        co_return {};
    const QString said = QString::fromLocal8Bit(output->errors).trimmed();
    if (said.contains(QLatin1String("lock")))
        co_return fail(ErrorCode::Conflict, QStringLiteral("%1 is in use by a running box").arg(file), said);
    const bool isFull = said.contains(QLatin1String("No space left on device"));
    co_return fail(isFull ? ErrorCode::DiskFull : ErrorCode::Io,
                   QStringLiteral("Cannot merge the disk %1: %2").arg(file, said.section(u'\n', -1)), said);
}

} // namespace boxgate
