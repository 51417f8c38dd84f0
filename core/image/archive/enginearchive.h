#pragma once

#include "core/image/archive/archivereader.h"

#include <QProcess>
#include <QStringList>

namespace boxgate {

/// Which program has the image.
enum class ContainerEngine
{
    Docker,
    Podman
};

/// What is called to get an image out of a container engine, as an archive on standard output. Pure.
QStringList engineSaveCommand(ContainerEngine engine, const QString &image);

/// An image of a local Docker or Podman, by their command line's `save` on a pipe.
/// Thread: the one that made it; blocks. The program ends with the object.
class EngineArchive
{
public:
    /// Errors   NotFound: the program is not installed; InvalidArgument: no name
    Result<void> start(ContainerEngine engine, const QString &image);
    ~EngineArchive();

    ByteSource source();

    /// After the last byte: whether the program has succeeded.
    /// Errors   Unavailable: it has not, with its last words
    Result<void> finish();

private:
    Result<qint64> read(char *data, qint64 size);

    QProcess m_process;
};

} // namespace boxgate
