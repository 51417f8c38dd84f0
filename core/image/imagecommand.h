#pragma once

#include "core/image/imageconfig.h"
#include "core/model/boxspec.h"

namespace boxgate {

/// The main command of a box: the entrypoint (the box's own or the image's) with the box's command, or with
/// the image's when the box has neither. Empty: the box stays up, idle, because it is to, or because nobody
/// says what to run. Source   OCI image specification 1.1, config.md, Entrypoint and Cmd
QStringList mainCommand(const ImageConfig &image, const BoxSpec &spec);

/// The Linux number of "SIGQUIT", "QUIT", "3" or "SIGRTMIN+3"; 0: none of these, and the default holds.
/// Source   signal(7); the numbers are those of x86 and Arm
int signalNumber(const QString &name);

} // namespace boxgate
