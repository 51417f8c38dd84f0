#include "app/cli/helptext.h"

#include "app/cli/texttable.h"

namespace boxgate::cli {

namespace {

QString optionLabel(const OptionSpec &option)
{
    QString label =
        option.letter == 0 ? QStringLiteral("    ") : QStringLiteral("-%1, ").arg(QLatin1Char(option.letter));
    label += QStringLiteral("--") + QLatin1String(option.name);
    if (option.value != nullptr)
        label += QLatin1Char(' ') + QLatin1String(option.value);
    return label;
}

QString argumentLabel(const ArgumentSpec &argument)
{
    const QString name = QString::fromLatin1(argument.name);
    switch (argument.arity) {
    case Arity::One:
        return name;
    case Arity::Optional:
        return QStringLiteral("[%1]").arg(name);
    case Arity::OneOrMore:
        return name + QStringLiteral("...");
    case Arity::Rest:
        break;
    }
    return QStringLiteral("[--] %1...").arg(name);
}

QString section(const QString &title, const TextTable &table)
{
    return QStringLiteral("\n%1:\n%2").arg(title, table.toString(QStringLiteral("  ")));
}

} // namespace

QString usageLine(const CommandSpec &command, const QString &path)
{
    QString line = QStringLiteral("boxgate ") + path;
    if (!command.subcommands.empty())
        return line + QStringLiteral(" COMMAND");
    if (!command.options.empty())
        line += QStringLiteral(" [OPTIONS]");
    for (const ArgumentSpec &argument : command.arguments)
        line += QLatin1Char(' ') + argumentLabel(argument);
    return line;
}

QString overviewText(std::span<const CommandSpec> commands)
{
    QString text =
        QStringLiteral("Boxgate runs OCI images as microVMs (boxes), with a gate on each box's network.\n\n"
                       "Use: boxgate [--home DIRECTORY] COMMAND [OPTIONS] [ARGUMENTS]\n");
    TextTable table;
    for (const CommandSpec &command : commands) {
        if (!command.isHidden)
            table.addRow({QString::fromLatin1(command.verb), QString::fromUtf8(command.summary)});
    }
    text += section(QStringLiteral("Commands"), table);
    text += QStringLiteral("\n'boxgate help COMMAND' explains one of them, with examples.\nExit status: ")
        + exitStatusText();
    return text;
}

QString exitStatusText()
{
    return QStringLiteral(
        "the box's command's own; 128 + N when signal N ended it; 125 when Boxgate itself fails,\n"
        "wrong use included; 126 when the command cannot be executed, 127 when it does not exist.\n");
}

QString helpText(const CommandSpec &command, const QString &path)
{
    QString text = QString::fromUtf8(command.summary) + QStringLiteral(".\n\nUse: ")
        + usageLine(command, path) + QLatin1Char('\n');
    if (*command.details != '\0')
        text += QLatin1Char('\n') + QString::fromUtf8(command.details) + QLatin1Char('\n');
    if (!command.subcommands.empty()) {
        TextTable verbs;
        for (const CommandSpec &sub : command.subcommands)
            verbs.addRow({QString::fromLatin1(sub.verb), QString::fromUtf8(sub.summary)});
        text += section(QStringLiteral("Commands"), verbs);
    }
    TextTable options;
    for (const std::span<const OptionSpec> specs : {command.options, sharedOptions()}) {
        for (const OptionSpec &option : specs)
            options.addRow({optionLabel(option), QString::fromUtf8(option.help)});
    }
    text += section(QStringLiteral("Options"), options);
    if (!command.examples.empty()) {
        text += QStringLiteral("\nExamples:\n");
        for (const ExampleSpec &example : command.examples) {
            text += QStringLiteral("  # %1\n  %2\n")
                        .arg(QString::fromUtf8(example.meaning), QString::fromUtf8(example.line));
        }
    }
    return text;
}

} // namespace boxgate::cli
