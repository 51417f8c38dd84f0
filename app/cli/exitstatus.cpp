#include "app/cli/exitstatus.h"

#include "core/control/controlmessages.h"

namespace boxgate::cli {

int exitStatusOf(const Error &error)
{
    if (error.detail == ExecFailure::NotFound)
        return ExitStatus::CommandNotFound;
    if (error.detail == ExecFailure::NotExecutable || error.detail == ExecFailure::NoUser
        || error.detail == ExecFailure::NoDirectory)
        return ExitStatus::NotExecutable;
    return ExitStatus::BoxgateFailed;
}

} // namespace boxgate::cli
