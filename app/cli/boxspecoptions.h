#pragma once

#include "app/cli/gate/networkoptions.h"
#include "app/cli/imagefetch.h"
#include "core/model/boxspec.h"

namespace boxgate::cli {

/// The options by which `run` and `create` describe a box, but for its network.
inline constexpr std::array BoxOptions{
    OptionSpec{"name", 0, "NAME", "Name of the box (default: one is made up)"},
    OptionSpec{"rm", 0, nullptr, "Remove the box when it ends"},
    OptionSpec{"cpus", 0, "N", "Processors (default 1)"},
    OptionSpec{"memory", 'm', "SIZE", "Memory, in MiB or with k, m, g (default 512m)"},
    OptionSpec{"disk", 0, "SIZE", "Size of the sparse disk, in GiB or with m, g, t (default 10g)"},
    OptionSpec{"env", 'e', "NAME[=VALUE]", "Environment variable; without a value, this shell's"},
    OptionSpec{"workdir", 'w', "DIRECTORY", "Working directory in the box"},
    OptionSpec{"user", 'u', "USER[:GROUP]", "User in the box, by name or number"},
    OptionSpec{"entrypoint", 0, "PROGRAM",
               "Run this with COMMAND, in place of what the image says; '' runs COMMAND alone"},
    OptionSpec{"idle", 0, nullptr, "Run nothing, whatever the image says: the box stays up"},
    OptionSpec{"interactive", 'i', nullptr, "Give the command this standard input"},
    OptionSpec{"tty", 't', nullptr, "Give the command a terminal"},
    OptionSpec{"volume", 'v', "FOLDER:PATH[:ro]",
               "Mount a folder of this host in the box; files made in it are yours", Words::Directories},
    PullOption,
};
inline constexpr auto BoxSpecOptions = joined(BoxOptions, NetworkOptions);

/// Reads the options into a specification. Ranges that depend on the host are not checked here.
/// Errors   InvalidArgument: the option and what is wrong with its value
Result<BoxSpec> readBoxSpec(const Arguments &arguments);

/// NAME=VALUE as given, and NAME with its value in this process' environment; a NAME that is not set there is
/// left out. Errors   InvalidArgument: no name before '='
Result<QStringList> readEnvironment(const QStringList &given);

} // namespace boxgate::cli
