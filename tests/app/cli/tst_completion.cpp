#include "app/cli/commands/commands.h"
#include "app/cli/completion.h"
#include "app/cli/completionscripts.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace boxgate::cli;

class TestCompletion : public QObject
{
    Q_OBJECT

    static QStringList wordsOf(const Completion &completion)
    {
        QStringList words;
        for (const Candidate &candidate : completion.candidates)
            words.append(candidate.word);
        return words;
    }

private Q_SLOTS:
    void completes_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QStringList>("candidates");
        QTest::addColumn<Words>("words");
        const QStringList none;
        QTest::newRow("verb") << "re" << QStringList{"restart"} << Words::None;
        QTest::newRow("hidden verbs are not offered") << "__" << none << Words::None;
        QTest::newRow("verb after home") << "--home /h kil" << QStringList{"kill"} << Words::None;
        QTest::newRow("home's value") << "--home /h" << none << Words::Directories;
        QTest::newRow("option") << "run --mem" << QStringList{"--memory"} << Words::None;
        QTest::newRow("shared option") << "ps --ho" << QStringList{"--home"} << Words::None;
        QTest::newRow("value among alternatives")
            << "run --network o" << QStringList{"open", "off"} << Words::None;
        QTest::newRow("value after equals sign")
            << "run --network=al" << QStringList{"--network=allowlist"} << Words::None;
        QTest::newRow("metavariables are no words")
            << "run --host-loopback " << QStringList{"open", "off"} << Words::None;
        QTest::newRow("value that is a folder") << "run -v /sr" << none << Words::Directories;
        QTest::newRow("image") << "run bui" << none << Words::Images;
        QTest::newRow("image after an option's value") << "run --name web bui" << none << Words::Images;
        QTest::newRow("the box's command is its own") << "run busy l" << none << Words::None;
        QTest::newRow("and its options") << "exec web ls --he" << none << Words::None;
        QTest::newRow("after a double dash") << "exec web -- --he" << none << Words::None;
        QTest::newRow("running box") << "exec w" << none << Words::RunningBoxes;
        QTest::newRow("another box") << "stop web d" << none << Words::RunningBoxes;
        QTest::newRow("box to start") << "start w" << none << Words::EndedBoxes;
        QTest::newRow("any box") << "rm -f w" << none << Words::Boxes;
        QTest::newRow("no second box where one is taken") << "logs web d" << none << Words::None;
        QTest::newRow("verb below a group") << "net s" << QStringList{"show"} << Words::None;
        QTest::newRow("argument below a group") << "net mode web of" << QStringList{"off"} << Words::None;
        QTest::newRow("shell") << "completion " << QStringList{"bash", "zsh", "fish"} << Words::None;
        QTest::newRow("help of a verb") << "help st" << none << Words::Verbs;
        QTest::newRow("unknown verb") << "frob w" << none << Words::None;
    }

    void completes()
    {
        QFETCH(QString, line);
        const Completion completion = complete(allCommands(), line.split(' '));
        QTEST(wordsOf(completion), "candidates");
        QTEST(completion.words, "words");
    }

    /// Every option of every command is offered: one table for all.
    void offersEveryOption()
    {
        for (const CommandSpec &command : allCommands()) {
            const QStringList offered = wordsOf(complete(allCommands(), {command.verb, "--"}));
            for (const OptionSpec &option : command.options) {
                QVERIFY2(offered.contains(QStringLiteral("--") + QLatin1String(option.name))
                             || command.isHidden,
                         qPrintable(QStringLiteral("%1 --%2").arg(QLatin1String(command.verb),
                                                                  QLatin1String(option.name))));
            }
        }
    }

    void scriptsAreReadByTheirShells_data()
    {
        QTest::addColumn<QString>("shell");
        for (const QString &shell : completionShells())
            QTest::newRow(qPrintable(shell)) << shell;
    }

    void scriptsAreReadByTheirShells()
    {
        QFETCH(QString, shell);
        const QString script = completionScript(shell);
        QVERIFY(script.contains("__complete"));
        if (QStandardPaths::findExecutable(shell).isEmpty())
            QSKIP("this shell is not installed");
        QProcess process;
        process.start(shell, {"-n"});
        process.write(script.toUtf8());
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished());
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
    }

    void knowsNoOtherShell() { QCOMPARE(completionScript("tcsh"), QString()); }
};

QTEST_GUILESS_MAIN(TestCompletion)
#include "tst_completion.moc"
