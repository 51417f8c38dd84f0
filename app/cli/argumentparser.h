#pragma once

#include "app/cli/commandspec.h"
#include "core/base/result.h"

#include <QHash>
#include <QStringList>

namespace boxgate::cli {

/// What a command line says, read by one command's table. A value.
class Arguments
{
public:
    bool has(const char *option) const { return m_options.contains(QLatin1String(option)); }
    /// The last value given; fallback when there is none.
    QString value(const char *option, const QString &fallback = {}) const;
    /// All values in their order.
    QStringList values(const char *option) const { return m_options.value(QLatin1String(option)); }

    /// The words of a positional argument; empty when it was left out.
    QStringList words(const char *argument) const { return m_words.value(QLatin1String(argument)); }
    QString word(const char *argument) const { return words(argument).value(0); }

private:
    friend class ArgumentParser;

    QHash<QString, QStringList> m_options;
    QHash<QString, QStringList> m_words;
};

/// A command line taken apart.
struct CommandLine
{
    const CommandSpec *command = nullptr; ///< nullptr: no verb was given
    QString path; ///< "run", "net mode"
    Arguments arguments;
    bool wantsHelp = false; ///< --help; nothing else was checked
};

/// Reads a command line by a table of commands: `--name value`, `--name=value`, `-n value`, `-nvalue`,
/// bundled switches
/// (`-it`) and `--`. Options may stand anywhere until the first word of a Rest argument; from there on all
/// belongs to the box's command. Pure.
class ArgumentParser
{
public:
    explicit ArgumentParser(std::span<const CommandSpec> commands)
        : m_commands(commands)
    { }

    /// words    the command line without the program's name
    /// Errors   InvalidArgument: an unknown command or option, a missing or surplus word; the message names
    /// the next step
    Result<CommandLine> parse(const QStringList &words) const;

    /// The command that the leading words name, and how many words that takes; nullptr when they name none.
    /// Options before the verb are skipped.
    struct Found
    {
        const CommandSpec *command = nullptr;
        QString path;
        qsizetype next = 0; ///< index of the first word after the verb
        QStringList before; ///< the shared options in front of the verb
    };
    Result<Found> find(const QStringList &words) const;

private:
    std::span<const CommandSpec> m_commands;
};

/// The option that a word such as "--name", "--name=x" or "-n" stands for; nullptr when there is none.
const OptionSpec *findOption(const CommandSpec &command, const QString &name);
const OptionSpec *findOption(const CommandSpec &command, QChar letter);

} // namespace boxgate::cli
