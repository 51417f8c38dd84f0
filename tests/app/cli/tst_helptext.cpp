#include "app/cli/commands/commands.h"
#include "app/cli/helptext.h"

#include <QTest>

using namespace boxgate::cli;

class TestHelpText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesUse_data()
    {
        QTest::addColumn<QString>("verb");
        QTest::addColumn<QString>("line");
        QTest::newRow("command for the box") << "exec"
                                             << "boxgate exec [OPTIONS] BOX [--] COMMAND...";
        QTest::newRow("several boxes") << "stop"
                                       << "boxgate stop [OPTIONS] BOX...";
        QTest::newRow("optional") << "stats"
                                  << "boxgate stats [OPTIONS] [BOX]";
        QTest::newRow("group") << "net"
                               << "boxgate net COMMAND";
    }

    void writesUse()
    {
        QFETCH(QString, verb);
        for (const CommandSpec &command : allCommands()) {
            if (verb == QLatin1String(command.verb))
                QTEST(usageLine(command, verb), "line");
        }
    }

    void everyCommandHasHelp_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < allCommands().size(); ++i)
            QTest::newRow(allCommands()[i].verb) << int(i);
    }

    /// What a user is promised: a summary, every option with a meaning, at least one example, a function.
    void everyCommandHasHelp()
    {
        QFETCH(int, index);
        const CommandSpec &command = allCommands()[std::size_t(index)];
        QVERIFY(QString(command.summary).size() > 5);
        QVERIFY(command.function != nullptr || !command.subcommands.empty());
        const QString text = helpText(command, command.verb);
        for (const OptionSpec &option : command.options) {
            QVERIFY(*option.help != '\0');
            QVERIFY(text.contains(QStringLiteral("--") + option.name));
        }
        QVERIFY(command.isHidden || !command.examples.empty() || !command.subcommands.empty());
        for (const CommandSpec &sub : command.subcommands)
            QVERIFY2(!sub.examples.empty() && sub.function != nullptr && QString(sub.summary).size() > 5,
                     sub.verb);
    }

    void optionsOfACommandAreDistinct()
    {
        QList<CommandSpec> all;
        for (const CommandSpec &command : allCommands()) {
            all.append(command);
            all.append(QList<CommandSpec>(command.subcommands.begin(), command.subcommands.end()));
        }
        for (const CommandSpec &command : std::as_const(all)) {
            QStringList seen;
            for (const std::span<const OptionSpec> table : {command.options, sharedOptions()}) {
                for (const OptionSpec &option : table) {
                    QVERIFY2(!seen.contains(option.name), option.name);
                    seen.append(option.name);
                    const QString letter(QLatin1Char(option.letter));
                    QVERIFY2(option.letter == 0 || !seen.contains(letter), qPrintable(command.verb + letter));
                    seen.append(letter);
                }
            }
        }
    }

    void overviewListsWhatIsNotHidden()
    {
        const QString text = overviewText(allCommands());
        for (const CommandSpec &command : allCommands()) {
            QCOMPARE(text.contains(QStringLiteral("\n  %1 ").arg(QLatin1String(command.verb))),
                     !command.isHidden);
        }
        QVERIFY(text.contains("125"));
    }
};

QTEST_GUILESS_MAIN(TestHelpText)
#include "tst_helptext.moc"
