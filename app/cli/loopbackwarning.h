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

/// The warning that ports are visible beyond this host; empty when all are bound to 127.0.0.0/8. One line.
QString publishWarning(const QString &boxName, const QList<PortMapping> &ports);

} // namespace boxgate::cli
