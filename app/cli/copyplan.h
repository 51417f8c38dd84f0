#pragma once

#include "core/client/treecopy.h"

namespace boxgate::cli {

/// What `cp SOURCE DESTINATION` means.
struct CopyPlan
{
    QString box; ///< name or id, as typed
    CopyParams params;
    CopyHost host;
};

struct CopyWishes
{
    bool followLink = false;
    bool keepOwners = false;
};

/// Reads "BOX:PATH", a path of this host, or "-" for a tar on the standard streams. Pure. A path with a slash
/// before its colon is one of this host: "./a:b". Errors   InvalidArgument: neither or both are in a box; a
/// path is empty
Result<CopyPlan> planCopy(const QString &source, const QString &destination, const CopyWishes &wishes);

} // namespace boxgate::cli
