#include "core/image/imagecommand.h"

#include <QTest>

using namespace boxgate;

/// What a box runs, of what the image and the user say.
class TestImageCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void combinesImageAndBox_data()
    {
        QTest::addColumn<QString>("imageEntry");
        QTest::addColumn<QString>("imageCommand");
        QTest::addColumn<QString>("entry"); // "-": not given
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("expected");
        QTest::newRow("nobody says") << ""
                                     << ""
                                     << "-"
                                     << ""
                                     << "";
        QTest::newRow("the image's command") << ""
                                             << "bash"
                                             << "-"
                                             << ""
                                             << "bash";
        QTest::newRow("the image's both") << "entry -x"
                                          << "serve"
                                          << "-"
                                          << ""
                                          << "entry -x serve";
        QTest::newRow("the box's command") << ""
                                           << "bash"
                                           << "-"
                                           << "ls -l"
                                           << "ls -l";
        QTest::newRow("the box's command after the entrypoint") << "entry"
                                                                << "serve"
                                                                << "-"
                                                                << "ls"
                                                                << "entry ls";
        QTest::newRow("another entrypoint") << "entry"
                                            << "serve"
                                            << "sh"
                                            << ""
                                            << "sh";
        QTest::newRow("another entrypoint and command") << "entry"
                                                        << "serve"
                                                        << "sh"
                                                        << "-c x"
                                                        << "sh -c x";
        QTest::newRow("no entrypoint") << "entry"
                                       << "serve"
                                       << ""
                                       << "ls"
                                       << "ls";
        QTest::newRow("no entrypoint, no command") << "entry"
                                                   << "serve"
                                                   << ""
                                                   << ""
                                                   << "";
    }

    void combinesImageAndBox()
    {
        QFETCH(QString, imageEntry);
        QFETCH(QString, imageCommand);
        QFETCH(QString, entry);
        QFETCH(QString, command);
        const auto words = [](const QString &text) { return text.split(' ', Qt::SkipEmptyParts); };
        ImageConfig image;
        image.entrypoint = words(imageEntry);
        image.command = words(imageCommand);
        BoxSpec spec;
        spec.command = words(command);
        if (entry != "-")
            spec.entrypoint = words(entry);
        QTEST(mainCommand(image, spec).join(' '), "expected");
        spec.isIdle = true;
        QVERIFY(mainCommand(image, spec).isEmpty());
    }

    void readsSignals_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("SIGTERM") << 15;
        QTest::newRow("SIGQUIT") << 3;
        QTest::newRow("quit") << 3;
        QTest::newRow("9") << 9;
        QTest::newRow("SIGWINCH") << 28;
        QTest::newRow("SIGSYS") << 31;
        QTest::newRow("SIGRTMIN+3") << 37;
        QTest::newRow("RTMIN") << 34;
        QTest::newRow("SIGRTMIN+99") << 0;
        QTest::newRow("65") << 0;
        QTest::newRow("0") << 0;
        QTest::newRow("") << 0;
        QTest::newRow("SIGNONSENSE") << 0;
    }

    void readsSignals() { QTEST(signalNumber(QLatin1String(QTest::currentDataTag())), "number"); }
};

QTEST_APPLESS_MAIN(TestImageCommand)
#include "tst_imagecommand.moc"
