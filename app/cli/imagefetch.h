#pragma once

#include "app/cli/commandcontext.h"
#include "core/client/imagepull.h"

namespace boxgate::cli {

/// How a pull tells what it does.
enum class PullReport
{
    ForPeople, ///< on standard error: one line that changes on a terminal, a line per part elsewhere
    Json, ///< on standard output: an event a line
    Quiet
};

/// The option of `run` and `create`.
inline constexpr OptionSpec PullOption{"pull", 0, "missing|always|never",
                                       "When to get the image from its registry (default missing)"};

/// Errors   InvalidArgument: not one of the three words
Result<PullPolicy> readPullPolicy(const Arguments &arguments);

/// What `run` and `create` do first: the image that the argument IMAGE names, as --pull and --quiet say.
/// Errors   fetchImage()'s, readPullPolicy()'s
Async<ImageRef> fetchImageOfBox(CommandContext *context);

/// Makes sure that an image is on this machine. Ctrl-C ends it, and what has come stays.
/// Errors   ImagePull::run()'s; Cancelled: with how to go on
Async<PulledImage> fetchImage(CommandContext *context, PullRequest request, PullReport report);

} // namespace boxgate::cli
