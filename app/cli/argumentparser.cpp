#include "app/cli/argumentparser.h"

#include "app/cli/nearestword.h"

#include <array>

namespace boxgate::cli {

namespace {

constexpr std::array Shared{
    OptionSpec{"home", 0, "DIRECTORY", "Keep everything under this directory (default: BOXGATE_HOME)",
               Words::Directories},
    OptionSpec{"help", 'h', nullptr, "Show what this command does"},
};

QString seeHelp(const QString &path) { return QStringLiteral("'boxgate help %1' shows its use").arg(path); }

tl::unexpected<Error> wrong(const QString &path, const QString &what)
{
    return fail(ErrorCode::InvalidArgument, what + QStringLiteral(": ") + seeHelp(path));
}

const CommandSpec *findCommand(std::span<const CommandSpec> commands, const QString &verb)
{
    for (const CommandSpec &command : commands) {
        if (verb == QLatin1String(command.verb))
            return &command;
    }
    return nullptr;
}

Error unknownCommand(std::span<const CommandSpec> commands, const QString &path, const QString &verb)
{
    QStringList verbs;
    for (const CommandSpec &command : commands) {
        if (!command.isHidden)
            verbs.append(QString::fromLatin1(command.verb));
    }
    const QString nearest = nearestWord(verb, verbs, 2); // two slips of a finger, no more
    const QString full = path.isEmpty() ? verb : path + QLatin1Char(' ') + verb;
    QString message = QStringLiteral("There is no command '%1': ").arg(full.left(80));
    if (!nearest.isEmpty())
        message += QStringLiteral("did you mean '%1'? ").arg(nearest);
    message += path.isEmpty() ? QStringLiteral("'boxgate help' lists the commands") : seeHelp(path);
    return {ErrorCode::InvalidArgument, message, {}};
}

} // namespace

std::span<const OptionSpec> sharedOptions() { return Shared; }

QString Arguments::value(const char *option, const QString &fallback) const
{
    const QStringList all = values(option);
    return all.isEmpty() ? fallback : all.last();
}

const OptionSpec *findOption(const CommandSpec &command, const QString &name)
{
    for (const std::span<const OptionSpec> table : {command.options, sharedOptions()}) {
        for (const OptionSpec &option : table) {
            if (name == QLatin1String(option.name))
                return &option;
        }
    }
    return nullptr;
}

const OptionSpec *findOption(const CommandSpec &command, QChar letter)
{
    for (const std::span<const OptionSpec> table : {command.options, sharedOptions()}) {
        for (const OptionSpec &option : table) {
            if (option.letter != 0 && letter == QLatin1Char(option.letter))
                return &option;
        }
    }
    return nullptr;
}

namespace {

/// Walks over the words of one command once.
class Walk
{
public:
    Walk(const CommandSpec &command, const QString &path, const QStringList &line)
        : m_command(command)
        , m_path(path)
        , m_words(line)
    {
        for (const ArgumentSpec &argument : command.arguments)
            m_hasRest = m_hasRest || argument.arity == Arity::Rest;
    }

    Result<void> run()
    {
        while (m_next < m_words.size() && !wantsHelp()) {
            const Result<void> taken = takeWord();
            BOXGATE_TRY(taken);
        }
        if (wantsHelp())
            return {};
        return distribute();
    }

    bool wantsHelp() const { return options.contains(QStringLiteral("help")); }

    QHash<QString, QStringList> options;
    QHash<QString, QStringList> words;

private:
    /// How many words come before a Rest argument.
    qsizetype wordsBeforeRest() const { return qsizetype(m_command.arguments.size()) - 1; }
    bool restBegins() const { return m_hasRest && m_positional.size() >= wordsBeforeRest(); }

    Result<void> takeWord()
    {
        const QString word = m_words[m_next++];
        if (m_onlyPositional || word.size() < 2 || !word.startsWith(u'-')) {
            if (restBegins())
                takeRest(m_next - 1);
            else
                m_positional.append(word);
            return {};
        }
        if (word == QLatin1String("--")) {
            if (restBegins())
                takeRest(m_next);
            m_onlyPositional = true;
            return {};
        }
        return word.startsWith(QLatin1String("--")) ? takeLong(word.mid(2)) : takeLetters(word.mid(1));
    }

    void takeRest(qsizetype from)
    {
        m_rest = m_words.mid(from);
        m_next = m_words.size();
    }

    Result<void> takeLong(const QString &text)
    {
        const qsizetype equals = text.indexOf(u'=');
        const QString name = equals < 0 ? text : text.left(equals);
        const OptionSpec *option = findOption(m_command, name);
        if (option == nullptr)
            return unknownOption(QStringLiteral("--") + name);
        if (option->value == nullptr) {
            if (equals >= 0)
                return wrong(m_path, QStringLiteral("The option --%1 takes no value").arg(name));
            options[name].append(QString());
            return {};
        }
        if (equals >= 0) {
            options[name].append(text.mid(equals + 1));
            return {};
        }
        return takeValue(*option, QStringLiteral("--") + name);
    }

    Result<void> takeLetters(const QString &letters)
    {
        for (qsizetype i = 0; i < letters.size(); ++i) {
            const OptionSpec *option = findOption(m_command, letters[i]);
            if (option == nullptr)
                return unknownOption(QLatin1Char('-') + QString(letters[i]));
            const QString name = QString::fromLatin1(option->name);
            if (option->value == nullptr) {
                options[name].append(QString());
                continue;
            }
            if (i + 1 < letters.size()) {
                options[name].append(letters.mid(i + (letters[i + 1] == u'=' ? 2 : 1)));
                return {};
            }
            return takeValue(*option, QLatin1Char('-') + QString(letters[i]));
        }
        return {};
    }

    Result<void> takeValue(const OptionSpec &option, const QString &asTyped)
    {
        if (m_next >= m_words.size()) {
            return wrong(m_path,
                         QStringLiteral("The option %1 needs a value, %2")
                             .arg(asTyped, QString::fromLatin1(option.value)));
        }
        options[QString::fromLatin1(option.name)].append(m_words[m_next++]);
        return {};
    }

    Result<void> unknownOption(const QString &asTyped) const
    {
        QString message = QStringLiteral("'boxgate %1' has no option %2").arg(m_path, asTyped.left(80));
        if (restBegins())
            message += QStringLiteral(" (put -- before the box's command if it starts with a dash)");
        return wrong(m_path, message);
    }

    Result<void> distribute()
    {
        qsizetype next = 0;
        for (const ArgumentSpec &argument : m_command.arguments) {
            const QString name = QString::fromLatin1(argument.name);
            const qsizetype left = m_positional.size() - next;
            if (argument.arity == Arity::Rest) {
                words[name] = m_rest;
                continue;
            }
            if (left == 0 && argument.arity != Arity::Optional)
                return wrong(m_path, QStringLiteral("'boxgate %1' needs %2").arg(m_path, name));
            const qsizetype take = argument.arity == Arity::OneOrMore ? left : std::min<qsizetype>(left, 1);
            words[name] = m_positional.mid(next, take);
            next += take;
        }
        if (next < m_positional.size())
            return wrong(
                m_path,
                QStringLiteral("'boxgate %1' does not take '%2'").arg(m_path, m_positional[next].left(80)));
        return {};
    }

    const CommandSpec &m_command;
    const QString m_path;
    const QStringList m_words;
    qsizetype m_next = 0;
    QStringList m_positional;
    QStringList m_rest;
    bool m_hasRest = false;
    bool m_onlyPositional = false;
};

} // namespace

Result<ArgumentParser::Found> ArgumentParser::find(const QStringList &words) const
{
    static constexpr CommandSpec nothing{"", ""};
    Found found;
    while (found.next < words.size() && words[found.next].startsWith(u'-')) {
        const QString &word = words[found.next];
        const QString name = word.section(u'=', 0, 0);
        const OptionSpec *option = word.startsWith(QLatin1String("--")) ? findOption(nothing, name.mid(2))
            : word.size() == 2                                          ? findOption(nothing, word[1])
                                                                        : nullptr;
        if (option == nullptr) {
            return fail(
                ErrorCode::InvalidArgument,
                QStringLiteral("There is no option %1 before the command: 'boxgate help' shows the use")
                    .arg(word.left(80)));
        }
        const qsizetype taken = option->value != nullptr && !word.contains(u'=') ? 2 : 1;
        found.before += words.mid(found.next, taken);
        found.next += taken;
    }
    std::span<const CommandSpec> level = m_commands;
    while (!level.empty() && found.next < words.size()) {
        const QString &verb = words[found.next];
        if (found.command != nullptr && verb.startsWith(u'-'))
            break; // `boxgate net --help`
        const CommandSpec *command = findCommand(level, verb);
        if (command == nullptr)
            return fail(unknownCommand(level, found.path, verb));
        found.path += (found.path.isEmpty() ? QString() : QStringLiteral(" ")) + verb;
        found.command = command;
        level = command->subcommands;
        ++found.next;
    }
    return found;
}

Result<CommandLine> ArgumentParser::parse(const QStringList &words) const
{
    const Result<Found> found = find(words);
    BOXGATE_TRY(found);
    static constexpr CommandSpec nothing{"", ""};
    const CommandSpec &command = found->command == nullptr ? nothing : *found->command;
    Walk walk(command, found->path, found->before + words.mid(found->next));
    const Result<void> walked = walk.run();
    BOXGATE_TRY(walked);
    CommandLine line;
    line.command = found->command;
    line.path = found->path;
    line.wantsHelp = walk.wantsHelp();
    line.arguments.m_options = walk.options;
    line.arguments.m_words = walk.words;
    if (!line.wantsHelp && !command.subcommands.empty()) {
        QStringList verbs;
        for (const CommandSpec &sub : command.subcommands)
            verbs.append(QString::fromLatin1(sub.verb));
        return wrong(
            line.path,
            QStringLiteral("'boxgate %1' needs one of %2").arg(line.path, verbs.join(QStringLiteral(", "))));
    }
    return line;
}

} // namespace boxgate::cli
