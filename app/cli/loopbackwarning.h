#pragma once

#include "core/exposure/hostlistener.h"
#include "core/model/networkspec.h"

#include <QList>

namespace boxgate::cli {

class Output;

/// The warning that a box reaches services on this host's loopback, naming those that listen now; empty when
/// it reaches none by its specification. Two lines. Pure.
QString loopbackWarning(const QString &boxName, const NetworkSpec &network,
                        const QList<HostListener> &listeners);

/// Finds the listeners and prints the warning, when standard error is a terminal.
void warnOfLoopback(Output &output, const QString &boxName, const NetworkSpec &network);

} // namespace boxgate::cli
