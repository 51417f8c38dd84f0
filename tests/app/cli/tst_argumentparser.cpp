#include "app/cli/argumentparser.h"
#include "app/cli/commands/commands.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

/// The command lines that users type, against the real tables.
class TestArgumentParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsRun_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("image");
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<QString>("memory");
        QTest::addColumn<bool>("rm");
        const QStringList none;
        const QStringList ls{"ls", "-l"};
        QTest::newRow("image only") << "run busy"
                                    << "busy" << none << "" << false;
        QTest::newRow("command with an option of its own") << "run busy ls -l"
                                                           << "busy" << ls << "" << false;
        QTest::newRow("double dash before the command") << "run busy -- ls -l"
                                                        << "busy" << ls << "" << false;
        QTest::newRow("options before the image") << "run --rm -m 1g busy ls -l"
                                                  << "busy" << ls << "1g" << true;
        QTest::newRow("options between image and command") << "run busy --rm ls -l"
                                                           << "busy" << ls << "" << true;
        QTest::newRow("our option after the command's first word is its own")
            << "run busy ls --rm"
            << "busy" << QStringList{"ls", "--rm"} << "" << false;
        QTest::newRow("only the first double dash is ours")
            << "run busy -- a -- b"
            << "busy" << QStringList{"a", "--", "b"} << "" << false;
        QTest::newRow("double dash inside the command")
            << "run busy a -- b"
            << "busy" << QStringList{"a", "--", "b"} << "" << false;
        QTest::newRow("double dash before the image") << "run --rm -- busy ls -l"
                                                      << "busy" << ls << "" << true;
        QTest::newRow("value with equals sign") << "run --memory=1g busy"
                                                << "busy" << none << "1g" << false;
        QTest::newRow("value glued to the letter") << "run -m1g busy"
                                                   << "busy" << none << "1g" << false;
        QTest::newRow("letter with equals sign") << "run -m=1g busy"
                                                 << "busy" << none << "1g" << false;
        QTest::newRow("the last value counts") << "run -m 1g --memory 2g busy"
                                               << "busy" << none << "2g" << false;
        QTest::newRow("bundled switches") << "run -it --rm busy sh"
                                          << "busy" << QStringList{"sh"} << "" << true;
        QTest::newRow("bundle that ends in a value") << "run -dm 1g busy"
                                                     << "busy" << none << "1g" << false;
        QTest::newRow("a value may look like an option") << "run -m -1 busy"
                                                         << "busy" << none << "-1" << false;
        QTest::newRow("home in front of the verb") << "--home /h run busy"
                                                   << "busy" << none << "" << false;
    }

    void readsRun()
    {
        QFETCH(QString, line);
        const Result<CommandLine> read = ArgumentParser(allCommands()).parse(line.split(' '));
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QCOMPARE(read->path, "run");
        QTEST(read->arguments.word("IMAGE"), "image");
        QTEST(read->arguments.words("COMMAND"), "command");
        QTEST(read->arguments.value("memory"), "memory");
        QTEST(read->arguments.has("rm"), "rm");
    }

    void repeatsOptionsInOrder()
    {
        const Result<CommandLine> read =
            ArgumentParser(allCommands()).parse({"run", "-e", "A=1", "--env=B=2", "-eC=3", "busy"});
        QVERIFY(read);
        QCOMPARE(read->arguments.values("env"), QStringList({"A=1", "B=2", "C=3"}));
    }

    void takesSharedOptionsAnywhere_data()
    {
        QTest::addColumn<QStringList>("line");
        QTest::newRow("before the verb") << QStringList{"--home", "/h", "ps"};
        QTest::newRow("before, with equals sign") << QStringList{"--home=/h", "ps"};
        QTest::newRow("after the verb") << QStringList{"ps", "--home", "/h"};
    }

    void takesSharedOptionsAnywhere()
    {
        QFETCH(QStringList, line);
        const Result<CommandLine> read = ArgumentParser(allCommands()).parse(line);
        QVERIFY(read);
        QCOMPARE(read->arguments.value("home"), "/h");
        QCOMPARE(read->path, "ps");
    }

    void givesHelpInsteadOfChecking_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("path");
        QTest::newRow("alone") << "--help"
                               << "";
        QTest::newRow("letter") << "-h"
                                << "";
        QTest::newRow("verb without its arguments") << "run --help"
                                                    << "run";
        QTest::newRow("group") << "net --help"
                               << "net";
        QTest::newRow("below a group") << "net mode -h"
                                       << "net mode";
        QTest::newRow("in front of a verb") << "--help ps"
                                            << "ps";
    }

    void givesHelpInsteadOfChecking()
    {
        QFETCH(QString, line);
        const Result<CommandLine> read = ArgumentParser(allCommands()).parse(line.split(' '));
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QVERIFY(read->wantsHelp || read->command == nullptr);
        QTEST(read->path, "path");
    }

    void leavesHelpOfTheBoxsCommandAlone()
    {
        const Result<CommandLine> read = ArgumentParser(allCommands()).parse({"exec", "web", "ls", "--help"});
        QVERIFY(read);
        QVERIFY(!read->wantsHelp);
        QCOMPARE(read->arguments.words("COMMAND"), QStringList({"ls", "--help"}));
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("unknown verb") << "frobnicate"
                                      << "There is no command 'frobnicate'";
        QTest::newRow("slip of the finger") << "strat web"
                                            << "did you mean 'start'?";
        QTest::newRow("unknown verb below a group") << "net mood web off"
                                                    << "did you mean 'mode'?";
        QTest::newRow("group without a verb") << "net"
                                              << "needs one of show, mode";
        QTest::newRow("unknown option") << "ps --wide"
                                        << "'boxgate ps' has no option --wide";
        QTest::newRow("unknown letter in a bundle") << "ps -ax"
                                                    << "has no option -x";
        QTest::newRow("option where the command begins") << "exec web -l"
                                                         << "put -- before the box's command";
        QTest::newRow("missing value") << "run --memory"
                                       << "needs a value";
        QTest::newRow("missing value of a letter") << "run -m"
                                                   << "The option -m needs a value";
        QTest::newRow("value for a switch") << "run --rm=yes busy"
                                            << "--rm takes no value";
        QTest::newRow("missing argument") << "run"
                                          << "needs IMAGE";
        QTest::newRow("missing box") << "rm"
                                     << "needs BOX";
        QTest::newRow("surplus argument") << "ps web"
                                          << "does not take 'web'";
        QTest::newRow("option before the verb") << "--json ps"
                                                << "no option --json before the command";
    }

    void refuses()
    {
        QFETCH(QString, line);
        QFETCH(QString, sentence);
        const Result<CommandLine> read = ArgumentParser(allCommands()).parse(line.split(' '));
        QVERIFY(!read);
        QVERIFY(read.error().code == ErrorCode::InvalidArgument);
        QVERIFY2(read.error().message.contains(sentence), qPrintable(read.error().message));
        QVERIFY2(read.error().message.contains("boxgate help"), qPrintable(read.error().message));
    }
};

QTEST_GUILESS_MAIN(TestArgumentParser)
#include "tst_argumentparser.moc"
