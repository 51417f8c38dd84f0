#include "app/cli/manpage.h"

#include "app/cli/helptext.h"

#include <QStringList>

namespace boxgate::cli {

namespace {

/// Text as man(7) takes it: no escapes, and no line that is a request.
QString escaped(const QString &text)
{
    QString result;
    result.reserve(text.size());
    bool isAtLineStart = true;
    for (const QChar c : text) {
        if (isAtLineStart && (c == u'.' || c == u'\''))
            result += QStringLiteral("\\&");
        if (c == u'\\')
            result += QStringLiteral("\\e");
        else if (c == u'-')
            result += QStringLiteral("\\-");
        else
            result += c;
        isAtLineStart = c == u'\n';
    }
    return result;
}

QString title(const QString &page, const QString &version)
{
    return QStringLiteral(".TH %1 1 \"\" \"Boxgate %2\" \"User commands\"\n.nh\n.ad l\n")
        .arg(page.toUpper(), version);
}

QString heading(const QString &text) { return QStringLiteral(".SH %1\n").arg(text); }

/// Paragraphs stay paragraphs; indented lines stand as they are.
QString paragraphs(const QString &text)
{
    QString result;
    for (const QString &paragraph : text.split(QStringLiteral("\n\n"), Qt::SkipEmptyParts)) {
        const bool isVerbatim = paragraph.startsWith(u' ') || paragraph.contains(QStringLiteral("\n "));
        result += QStringLiteral(".PP\n");
        result +=
            (isVerbatim ? QStringLiteral(".nf\n%1\n.fi\n") : QStringLiteral("%1\n")).arg(escaped(paragraph));
    }
    return result;
}

QString optionEntry(const OptionSpec &option)
{
    QString label;
    if (option.letter != 0)
        label = QStringLiteral("\\fB\\-%1\\fR, ").arg(QLatin1Char(option.letter));
    label += QStringLiteral("\\fB\\-\\-%1\\fR").arg(escaped(QString::fromLatin1(option.name)));
    if (option.value != nullptr)
        label += QStringLiteral(" \\fI%1\\fR").arg(escaped(QString::fromLatin1(option.value)));
    return QStringLiteral(".TP\n%1\n%2\n").arg(label, escaped(QString::fromUtf8(option.help)));
}

QString commandList(std::span<const CommandSpec> commands, const QString &prefix)
{
    QString text;
    for (const CommandSpec &command : commands) {
        if (command.isHidden)
            continue;
        const QString name = prefix + QString::fromLatin1(command.verb);
        text += QStringLiteral(".TP\n\\fB%1\\fR(1)\n%2\n")
                    .arg(escaped(name), escaped(QString::fromUtf8(command.summary)));
    }
    return text;
}

QString commandPage(const CommandSpec &command, const QString &page, const QString &path,
                    const QString &version)
{
    QString text = title(page, version);
    text += heading(QStringLiteral("NAME"))
        + QStringLiteral("%1 \\- %2\n").arg(escaped(page), escaped(QString::fromUtf8(command.summary)));
    text += heading(QStringLiteral("SYNOPSIS")) + escaped(usageLine(command, path)) + QLatin1Char('\n');
    if (*command.details != '\0')
        text += heading(QStringLiteral("DESCRIPTION")) + paragraphs(QString::fromUtf8(command.details));
    if (!command.subcommands.empty())
        text +=
            heading(QStringLiteral("COMMANDS")) + commandList(command.subcommands, page + QLatin1Char('-'));
    text += heading(QStringLiteral("OPTIONS"));
    for (const std::span<const OptionSpec> options : {command.options, sharedOptions()}) {
        for (const OptionSpec &option : options)
            text += optionEntry(option);
    }
    if (!command.examples.empty())
        text += heading(QStringLiteral("EXAMPLES"));
    for (const ExampleSpec &example : command.examples) {
        text +=
            QStringLiteral(".TP\n\\fB%1\\fR\n%2\n")
                .arg(escaped(QString::fromUtf8(example.line)), escaped(QString::fromUtf8(example.meaning)));
    }
    return text + heading(QStringLiteral("SEE ALSO")) + QStringLiteral("\\fBboxgate\\fR(1)\n");
}

void addPages(std::span<const CommandSpec> commands, const QStringList &parents, const QString &version,
              QMap<QString, QString> *pages)
{
    for (const CommandSpec &command : commands) {
        if (command.isHidden)
            continue;
        const QStringList words = parents + QStringList{QString::fromLatin1(command.verb)};
        const QString page = QStringLiteral("boxgate-") + words.join(u'-');
        pages->insert(page + QStringLiteral(".1"), commandPage(command, page, words.join(u' '), version));
        addPages(command.subcommands, words, version, pages);
    }
}

QString overviewPage(std::span<const CommandSpec> commands, const QString &version)
{
    QString text = title(QStringLiteral("boxgate"), version);
    text += heading(QStringLiteral("NAME"))
        + QStringLiteral("boxgate \\- run OCI images as microVMs with a gate on each one's network\n");
    text += heading(QStringLiteral("SYNOPSIS"))
        + QStringLiteral(
                "\\fBboxgate\\fR [\\fB\\-\\-home\\fR \\fIDIRECTORY\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR] "
                "[\\fIARGUMENTS\\fR]\n");
    text += heading(QStringLiteral("COMMANDS")) + commandList(commands, QStringLiteral("boxgate-"));
    text += heading(QStringLiteral("EXIT STATUS")) + paragraphs(exitStatusText());
    text += heading(QStringLiteral("ENVIRONMENT"))
        + QStringLiteral(".TP\nBOXGATE_HOME\nKeeps everything under this directory, as \\-\\-home does.\n"
                         ".TP\nBOXGATE_KERNEL\nThe guest kernel to boot instead of Boxgate's own.\n"
                         ".TP\nBOXGATE_ACCEL\nThe accelerator to use, such as kvm or tcg.\n"
                         ".TP\nBOXGATE_QEMU\nThe QEMU program to use.\n");
    return text;
}

} // namespace

QMap<QString, QString> manPages(std::span<const CommandSpec> commands, const QString &version)
{
    QMap<QString, QString> pages{{QStringLiteral("boxgate.1"), overviewPage(commands, version)}};
    addPages(commands, {}, version, &pages);
    return pages;
}

} // namespace boxgate::cli
