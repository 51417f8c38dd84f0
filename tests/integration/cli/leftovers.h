#pragma once

#include <QStringList>

namespace boxgate::test {

class RealHome;

/// What a command that failed must not leave in a home: processes, held locks, files that are half made. One
/// line each; empty is what every test of bad input wants at its end.
QStringList leftovers(const RealHome &home);

} // namespace boxgate::test
