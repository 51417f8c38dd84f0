#include "app/cli/commandcontext.h"
#include "app/cli/commands/commands.h"
#include "app/cli/completion.h"
#include "core/client/hostreport.h"

#include <QFileInfo>

namespace boxgate::cli {

namespace {

constexpr std::array Positional{ArgumentSpec{"WORD", Arity::Rest}};

bool isWanted(const BoxSummary &box, Words words)
{
    switch (words) {
    case Words::RunningBoxes:
        return box.hasRunner();
    case Words::EndedBoxes:
        return !box.hasRunner();
    default:
        return words == Words::Boxes;
    }
}

/// The rules, ports or snapshots of the box that the first argument names.
QStringList wordsOfBox(CommandContext *context, const Completion &completion)
{
    QStringList found;
    const Result<Paths> paths = context->locate();
    if (!paths || !QFileInfo::exists(paths->database()) || !context->open())
        return found;
    const Result<BoxSummary> box = context->directory().resolve(completion.before.value(0));
    if (!box)
        return found;
    if (completion.words == Words::Rules)
        return box->spec.network.allowNet;
    if (completion.words == Words::Snapshots) {
        for (const SnapshotSummary &summary :
             context->disks().snapshots(box->id).value_or(QList<SnapshotSummary>()))
            found.append(summary.snapshot.name);
        return found;
    }
    for (const PortMapping &port : box->spec.network.ports) {
        const QString protocol = port.protocol == Protocol::Udp ? QStringLiteral("/udp") : QString();
        found.append(QStringLiteral("%1:%2:%3").arg(port.bindAddress).arg(port.hostPort).arg(port.guestPort)
                     + protocol);
    }
    return found;
}

/// The words that change: boxes, images, rules. A home that is not there yet is not made for it.
QStringList currentWords(CommandContext *context, const Completion &completion)
{
    const Words words = completion.words;
    if (words == Words::Rules || words == Words::Ports || words == Words::Snapshots)
        return wordsOfBox(context, completion);
    QStringList found;
    const Result<Paths> paths = context->locate();
    if (!paths)
        return found;
    if (words == Words::Images) {
        for (const ImageSummary &image : imageSummaries(*paths, {}))
            found.append(image.name);
        return found;
    }
    if (!QFileInfo::exists(paths->database()) || !context->open())
        return found;
    const Result<QList<BoxSummary>> boxes = context->directory().all();
    for (const BoxSummary &box : boxes.value_or(QList<BoxSummary>())) {
        if (isWanted(box, words))
            found.append(box.spec.name);
    }
    return found;
}

Async<int> runComplete(CommandContext *context)
{
    const QStringList words = context->arguments().words("WORD");
    Completion completion = complete(context->commands(), words);
    switch (completion.words) {
    case Words::Boxes:
    case Words::RunningBoxes:
    case Words::EndedBoxes:
    case Words::Images:
    case Words::Rules:
    case Words::Ports:
    case Words::Snapshots:
        for (const QString &word : currentWords(context, completion)) {
            // What is named already is not offered again.
            if (word.startsWith(completion.prefix) && !words.mid(0, words.size() - 1).contains(word))
                completion.candidates.append({completion.lead + word, {}});
        }
        break;
    case Words::Verbs:
        for (const CommandSpec &command : context->commands()) {
            if (!command.isHidden && QString::fromLatin1(command.verb).startsWith(completion.prefix))
                completion.candidates.append(
                    {QString::fromLatin1(command.verb), QString::fromUtf8(command.summary)});
        }
        break;
    default:
        break;
    }
    QString text;
    for (const Candidate &candidate : std::as_const(completion.candidates))
        text += candidate.word
            + (candidate.meaning.isEmpty() ? QString() : QLatin1Char('\t') + candidate.meaning)
            + QLatin1Char('\n');
    if (completion.words == Words::Files)
        text += QStringLiteral(":files\n");
    else if (completion.words == Words::Directories)
        text += QStringLiteral(":directories\n");
    context->output().print(text);
    co_return 0;
}

} // namespace

CommandSpec completeCommandSpec()
{
    CommandSpec spec{"__complete", "Answer a shell's completion script"};
    spec.arguments = Positional;
    spec.function = runComplete;
    spec.isHidden = true;
    return spec;
}

} // namespace boxgate::cli
