#pragma once

#include "core/base/paths.h"
#include "core/model/boxsummary.h"

#include <QJsonValue>

namespace boxgate {

/// What a box's image says: kept beside its disk, or the image's own while it has none. Null: neither is
/// there. Fields: digest, entrypoint, command, environment, user, working_directory, stop_signal,
/// exposed_ports, volumes, labels
QJsonValue imageConfigOf(const Paths &paths, const BoxSummary &box);

/// Ports that a box's image lists and the box does not publish: "80/tcp".
QStringList unpublishedPorts(const Paths &paths, const BoxSummary &box);

} // namespace boxgate
