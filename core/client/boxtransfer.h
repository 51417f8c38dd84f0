#pragma once

#include "core/client/boxarchive.h"
#include "core/client/boxdisks.h"

namespace boxgate {

/// What is taken from an exported box that reaches into this host.
enum class ImportTrust
{
    Nothing, ///< volumes, published ports, the way to the host's loopback are left out
    Everything
};

struct ImportedBox
{
    BoxId id;
    QString name;
    QStringList leftOut; ///< clauses: what ImportTrust::Nothing took, and what this host is too small for
};

/// Boxes as single files: specification, image configuration and disk, whole without the image. The format is
/// in boxmanifest.h. Worker threads do the work; TransferCount says how far they are, and cancels them.
///
/// Thread: the main thread. Lifetime: disks and operations outlive it.
class BoxTransfer
{
public:
    BoxTransfer(const Paths &paths, BoxStore *store, BoxOperations *operations, BoxDisks *disks);

    /// Writes the box to a descriptor, which stays the caller's.
    /// snapshot   empty: the disk as it is
    /// Errors   Conflict: the box runs; NotFound; Cancelled; DiskFull; Io
    Async<void> exportBox(BoxId id, QString snapshot, int fd, std::shared_ptr<TransferCount> count);

    /// Makes a box of what a descriptor gives. Nothing is left when it fails.
    /// name   empty: the exported box's, or one made up when that is taken
    /// Errors   Corrupt, NewerVersion; AlreadyExists; Cancelled; DiskFull; Io
    Async<ImportedBox> importBox(int fd, QString name, ImportTrust trust,
                                 std::shared_ptr<TransferCount> count);

private:
    Async<void> fill(std::shared_ptr<BoxArchiveReader> reader, QString directory);

    Paths m_paths;
    BoxStore *m_store;
    BoxOperations *m_operations;
    BoxDisks *m_disks;
};

} // namespace boxgate
