#include "app/cli/boxjson.h"
#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/texttable.h"
#include "core/client/hostreport.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"},
                             OptionSpec{"quiet", 'q', nullptr, "Print names only"}};
constexpr std::array Examples{ExampleSpec{"boxgate images", "Which images are on this machine?"}};

Async<int> runImages(CommandContext *context)
{
    const Result<void> opened = context->open();
    BOXGATE_CO_TRY(opened);
    const Result<QList<BoxSummary>> boxes = context->directory().all();
    BOXGATE_CO_TRY(boxes);
    const QList<ImageSummary> images = imageSummaries(context->paths(), *boxes);
    QJsonArray array;
    QString names;
    TextTable table({QStringLiteral("NAME"), QStringLiteral("DIGEST"), QStringLiteral(">SIZE"),
                     QStringLiteral(">BOXES")});
    for (const ImageSummary &image : images) {
        array.append(toJson(image));
        names += image.name + QLatin1Char('\n');
        table.addRow({image.name, image.digest.section(u':', -1).left(12), image.size.toDisplay(),
                      QString::number(image.boxes)});
    }
    if (context->arguments().has("json"))
        context->output().printJson(array);
    else
        context->output().print(context->arguments().has("quiet") ? names : table.toString());
    co_return 0;
}

} // namespace

CommandSpec imagesCommandSpec()
{
    CommandSpec spec{"images", "List the images on this machine"};
    spec.options = Options;
    spec.examples = Examples;
    spec.function = runImages;
    return spec;
}

} // namespace boxgate::cli
