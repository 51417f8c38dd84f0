#pragma once

#include <QByteArray>
#include <QString>

namespace boxgate::test {

/// What `e2fsck -fn` says about an ext4 image; empty when it is sound. Every disk that a test makes goes
/// through it.
QByteArray diskComplaints(const QString &file);

/// Ends the test program when a root disk somewhere under a folder is not sound.
void checkDisks(const QString &folder);

} // namespace boxgate::test
