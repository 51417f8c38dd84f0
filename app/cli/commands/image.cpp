#include "app/cli/commands/commands.h"
#include "app/cli/commands/imagecommands.h"

namespace boxgate::cli {

CommandSpec imageCommandSpec()
{
    static const std::array verbs{
        imageListCommandSpec(), imageInspectCommandSpec(), imageHistoryCommandSpec(), imageLoadCommandSpec(),
        imageSaveCommandSpec(), imageRemoveCommandSpec(),  imagePruneCommandSpec(),   imageLimitCommandSpec(),
    };
    CommandSpec spec{"image", "Show, load, save and remove the images on this machine"};
    spec.subcommands = verbs;
    return spec;
}

} // namespace boxgate::cli
