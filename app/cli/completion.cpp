#include "app/cli/completion.h"

#include "app/cli/argumentparser.h"

namespace boxgate::cli {

namespace {

void offer(Completion &completion, const QString &word, const QString &meaning = {})
{
    if (word.startsWith(completion.prefix))
        completion.candidates.append({completion.lead + word, meaning});
}

/// The words of "open|allowlist|off" that can be typed as they are: those in lower case.
void offerAlternatives(Completion &completion, const char *alternatives)
{
    const QString text = QString::fromLatin1(alternatives);
    if (!text.contains(u'|'))
        return;
    for (const QString &word : text.split(u'|')) {
        if (word == word.toLower())
            offer(completion, word);
    }
}

void completeValue(Completion &completion, const OptionSpec &option)
{
    completion.words = option.words;
    offerAlternatives(completion, option.value);
}

void completeOptions(Completion &completion, const CommandSpec &command)
{
    for (const std::span<const OptionSpec> table : {command.options, sharedOptions()}) {
        for (const OptionSpec &option : table)
            offer(completion, QStringLiteral("--") + QLatin1String(option.name),
                  QString::fromUtf8(option.help));
    }
}

void completeVerbs(Completion &completion, std::span<const CommandSpec> commands)
{
    for (const CommandSpec &command : commands) {
        if (!command.isHidden)
            offer(completion, QString::fromLatin1(command.verb), QString::fromUtf8(command.summary));
    }
}

/// What the words before the cursor amount to.
struct Before
{
    const OptionSpec *waitsForValue = nullptr;
    QStringList positional;
    bool onlyPositional = false; ///< after --
    bool isInRest = false;
};

Before readBefore(const CommandSpec &command, const QStringList &words)
{
    Before before;
    bool hasRest = false;
    for (const ArgumentSpec &argument : command.arguments)
        hasRest = hasRest || argument.arity == Arity::Rest;
    for (const QString &word : words) {
        if (before.waitsForValue != nullptr) {
            before.waitsForValue = nullptr;
        } else if (!before.onlyPositional && word == QLatin1String("--")) {
            before.onlyPositional = true;
        } else if (!before.onlyPositional && word.size() > 1 && word.startsWith(u'-')) {
            if (word.contains(u'='))
                continue;
            const OptionSpec *option = word.startsWith(QLatin1String("--"))
                ? findOption(command, word.mid(2))
                : findOption(command, word.back());
            if (option != nullptr && option->value != nullptr)
                before.waitsForValue = option;
        } else {
            before.positional.append(word);
        }
        if (hasRest && before.positional.size() >= qsizetype(command.arguments.size())) {
            before.isInRest = true;
            return before;
        }
    }
    return before;
}

void completeArgument(Completion &completion, const CommandSpec &command, qsizetype position)
{
    if (command.arguments.empty())
        return;
    const ArgumentSpec &last = command.arguments.back();
    const bool repeats = last.arity == Arity::OneOrMore;
    if (position >= qsizetype(command.arguments.size()) && !repeats)
        return;
    const std::size_t index = std::min(std::size_t(position), command.arguments.size() - 1);
    completion.words = command.arguments[index].words;
    offerAlternatives(completion, command.arguments[index].name);
}

void completeCommand(Completion &completion, const CommandSpec &command, const QStringList &words)
{
    if (!command.subcommands.empty()) {
        completeVerbs(completion, command.subcommands);
        return;
    }
    const Before before = readBefore(command, words.mid(0, words.size() - 1));
    const QString &last = words.last();
    if (before.isInRest)
        return;
    if (before.waitsForValue != nullptr) {
        completeValue(completion, *before.waitsForValue);
        return;
    }
    if (!before.onlyPositional && last.startsWith(u'-')) {
        const qsizetype equals = last.indexOf(u'=');
        if (equals < 0) {
            completeOptions(completion, command);
            return;
        }
        completion.lead = last.left(equals + 1);
        completion.prefix = last.mid(equals + 1);
        if (const OptionSpec *option = findOption(command, last.mid(2, equals - 2));
            option != nullptr && option->value != nullptr)
            completeValue(completion, *option);
        return;
    }
    completion.before = before.positional;
    completeArgument(completion, command, before.positional.size());
}

} // namespace

Completion complete(std::span<const CommandSpec> commands, const QStringList &words)
{
    Completion completion;
    if (words.isEmpty())
        return completion;
    completion.prefix = words.last();
    const Result<ArgumentParser::Found> found = ArgumentParser(commands).find(words.mid(0, words.size() - 1));
    if (!found)
        return completion;
    static constexpr CommandSpec top{"", ""};
    if (found->command != nullptr) {
        completeCommand(completion, *found->command, words.mid(found->next));
        return completion;
    }
    // In front of the verb: a shared option, its value, or the verb.
    const OptionSpec *pending = words.size() > 1 && words[words.size() - 2].startsWith(QLatin1String("--"))
        ? findOption(top, words[words.size() - 2].mid(2))
        : nullptr;
    if (pending != nullptr && pending->value != nullptr && found->before.size() % 2 == 1)
        completeValue(completion, *pending);
    else if (completion.prefix.startsWith(u'-'))
        completeOptions(completion, top);
    else
        completeVerbs(completion, commands);
    return completion;
}

} // namespace boxgate::cli
