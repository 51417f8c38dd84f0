#include "app/cli/commands/commands.h"
#include "app/cli/completion.h"
#include "app/cli/completionscripts.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
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
        QTest::newRow("verb") << "res" << QStringList{"restart"} << Words::None;
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
        QTest::newRow("rule to remove") << "net deny web a" << none << Words::Rules;
        QTest::newRow("another rule to remove") << "net deny --close web a.org b" << none << Words::Rules;
        QTest::newRow("a rule to add is free text") << "net allow web a" << none << Words::None;
        QTest::newRow("port to close") << "port rm web 80" << none << Words::Ports;
        QTest::newRow("capture") << "net capture web o" << QStringList{"on", "off"} << Words::None;
        QTest::newRow("rules to import") << "net rules --import we" << none << Words::Files;
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

    void tellsWhichBoxIsNamed()
    {
        QCOMPARE(complete(allCommands(), {"net", "deny", "--close", "web", "a"}).before, QStringList{"web"});
        QCOMPARE(complete(allCommands(), {"net", "deny", "w"}).before, QStringList());
    }

    /// Bash parts words at ':' and '=', and puts what is offered in the place of the last part alone.
    void bashCompletesWordsWithColons_data()
    {
        QTest::addColumn<QStringList>("parts");
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("offered");
        QTest::addColumn<QString>("asked");
        QTest::addColumn<QString>("reply");
        QTest::newRow("plain") << QStringList{"net", "deny", "web", "a.o"} << "boxgate net deny web a.o"
                               << "a.org:443"
                               << "a.o"
                               << "a.org:443";
        QTest::newRow("after the colon")
            << QStringList{"net", "deny", "web", "a.org", ":"} << "boxgate net deny web a.org:"
            << "a.org:443"
            << "a.org:"
            << "443";
        QTest::newRow("a part behind the colon")
            << QStringList{"net", "deny", "web", "a.org", ":", "4"} << "boxgate net deny web a.org:4"
            << "a.org:443"
            << "a.org:4"
            << "443";
        QTest::newRow("behind the equals sign")
            << QStringList{"run", "--network", "=", "al"} << "boxgate run --network=al"
            << "--network=allowlist"
            << "--network=al"
            << "allowlist";
        QTest::newRow("a value with an equals sign, then a new word")
            << QStringList{"run", "-e", "A", "=", ""} << "boxgate run -e A= "
            << "builtin/busybox"
            << ""
            << "builtin/busybox";
    }

    void bashCompletesWordsWithColons()
    {
        QFETCH(QStringList, parts);
        QFETCH(QString, line);
        QFETCH(QString, offered);
        if (QStandardPaths::findExecutable("bash").isEmpty())
            QSKIP("bash is not installed");
        // A function in the place of the program: it notes the last word that it is asked about.
        QString script =
            QStringLiteral("boxgate() { printf '%s' \"${@: -1}\" > asked; echo '%1'; }\n").arg(offered);
        script.replace("'%s'", "%s");
        script += completionScript("bash");
        script += QStringLiteral("COMP_WORDS=(boxgate");
        for (const QString &part : parts)
            script += QStringLiteral(" '%1'").arg(part);
        script += QStringLiteral(
                      ")\nCOMP_CWORD=%1\nCOMP_LINE='%2'\n_boxgate\necho \"$(cat asked)|${COMPREPLY[*]}\"\n")
                      .arg(parts.size())
                      .arg(line);
        const QTemporaryDir folder;
        QProcess bash;
        bash.setWorkingDirectory(folder.path());
        bash.start("bash", {"-s"});
        bash.write(script.toUtf8());
        bash.closeWriteChannel();
        QVERIFY(bash.waitForFinished());
        QFETCH(QString, asked);
        QFETCH(QString, reply);
        QCOMPARE(QString::fromUtf8(bash.readAllStandardOutput()), asked + "|" + reply + "\n");
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
