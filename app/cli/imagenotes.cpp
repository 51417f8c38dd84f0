#include "app/cli/imagenotes.h"

#include "app/cli/texttable.h"
#include "core/client/boximagereport.h"

namespace boxgate::cli {

namespace {

/// An image may list any number.
constexpr qsizetype MaxShown = 8;

} // namespace

void noteExposedPorts(CommandContext *context, const BoxSummary &box)
{
    const QStringList ports = unpublishedPorts(context->paths(), box);
    if (ports.isEmpty() || box.spec.network.mode == NetworkMode::Off)
        return;
    QString first = ports.first();
    if (first.endsWith(QLatin1String("/tcp")))
        first.chop(4);
    const QString shown = printable(ports.mid(0, MaxShown).join(QStringLiteral(", ")))
        + (ports.size() > MaxShown ? QStringLiteral(", ...") : QString());
    context->output().note(
        QStringLiteral("boxgate: The image of box %1 listens on %2: 'boxgate port add %1 %3' "
                       "publishes one\n")
            .arg(box.spec.name, shown, printable(first)));
}

} // namespace boxgate::cli
