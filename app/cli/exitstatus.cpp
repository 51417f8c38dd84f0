#include "app/cli/exitstatus.h"

#include "core/control/controlmessages.h"

#include <csignal>

namespace boxgate::cli {

int exitStatusOf(const Error &error)
{
    if (error.detail == ExecFailure::NotFound)
        return ExitStatus::CommandNotFound;
    if (error.detail == ExecFailure::NotExecutable || error.detail == ExecFailure::NoUser
        || error.detail == ExecFailure::NoDirectory)
        return ExitStatus::NotExecutable;
    if (error.code == ErrorCode::Cancelled)
        return ExitStatus::OfSignal + SIGINT;
    return ExitStatus::BoxgateFailed;
}

} // namespace boxgate::cli
