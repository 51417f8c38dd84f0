#pragma once

#include "core/image/ociwriter.h"

namespace boxgate {

/// The files of the image builtin/busybox, sorted so that parents come first.
/// busybox   the static program
/// applets   its commands, as `busybox --list` prints them
QList<LayerFile> busyboxFiles(const QByteArray &busybox, const QList<QByteArray> &applets);

} // namespace boxgate
