#include "app/cli/gate/inputfile.h"

#include <QFile>

#include <cstdio>

namespace boxgate::cli {

Result<QByteArray> readInputFile(const QString &name)
{
    const bool isStandardInput = name == QLatin1String("-");
    const QString shown = isStandardInput ? QStringLiteral("standard input") : name;
    QFile file(name);
    const bool isOpen =
        isStandardInput ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!isOpen) {
        const bool exists = isStandardInput || QFile::exists(name);
        return fail(exists ? ErrorCode::Denied : ErrorCode::NotFound,
                    QStringLiteral("Cannot read %1: %2").arg(shown, file.errorString()));
    }
    // One byte more tells a file of just that size from a larger one; a pipe does not know its size.
    const QByteArray bytes = file.read(MaxInputFile + 1);
    if (bytes.size() > MaxInputFile) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 is larger than %2 MiB").arg(shown).arg(MaxInputFile >> 20));
    }
    if (file.error() != QFileDevice::NoError)
        return fail(ErrorCode::Io, QStringLiteral("Cannot read %1: %2").arg(shown, file.errorString()));
    return bytes;
}

} // namespace boxgate::cli
