#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/imagecommands.h"
#include "app/cli/humantime.h"
#include "app/cli/imagejson.h"
#include "app/cli/terminal.h"
#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"},
                             OptionSpec{"quiet", 'q', nullptr, "Print names only"}};
constexpr std::array Examples{
    ExampleSpec{"boxgate images", "Which images are on this machine?"},
    ExampleSpec{"boxgate image rm $(boxgate images -q)", "Remove those that no box uses"},
};

Async<int> runImages(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<QList<ImageUsage>> images = context->images().list();
    BOXGATE_CO_TRY(images);
    QJsonArray array;
    QString names;
    TextTable table({QStringLiteral("~NAME"), QStringLiteral("DIGEST"), QStringLiteral("ADDED"),
                     QStringLiteral(">SIZE"), QStringLiteral(">UNIQUE"), QStringLiteral(">ROOT DISKS"),
                     QStringLiteral(">BOXES")});
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const ImageUsage &usage : *images) {
        array.append(toJson(usage));
        names += usage.image.ref.toString() + QLatin1Char('\n');
        table.addRow({usage.image.ref.toString(), usage.image.digest.hex().left(12),
                      agoToDisplay(usage.image.added, now), usage.image.size.toDisplay(),
                      usage.unique.toDisplay(), usage.rootDisks.toDisplay(),
                      QString::number(usage.boxes.size())});
    }
    if (context->arguments().has("json"))
        context->output().printJson(array);
    else
        context->output().print(context->arguments().has("quiet") ? names : table.toString({}, tableWidth()));
    co_return 0;
}

CommandSpec listSpec(const char *verb)
{
    CommandSpec spec{verb, "List the images on this machine"};
    spec.details =
        "UNIQUE is what no other image has of it: so much a removal gives back. ROOT DISKS are made of an "
        "image when\n"
        "the first box of it is started, and shared by all of its boxes.";
    spec.options = Options;
    spec.examples = Examples;
    spec.function = runImages;
    return spec;
}

} // namespace

CommandSpec imagesCommandSpec() { return listSpec("images"); }

CommandSpec imageListCommandSpec() { return listSpec("ls"); }

} // namespace boxgate::cli
