// The pure parts: command lines, console text, port lists, and the scale of charts.

#include "qml/controls/chartscale.h"
#include "qml/models/boxtext.h"
#include "qml/models/commandline.h"
#include "qml/models/consoletext.h"
#include "qml/models/portlist.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::ui;

class TestTexts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void shellReadsBackWhatIsQuoted_data();
    void shellReadsBackWhatIsQuoted();
    void commandLineSaysWhatDiffers();
    void networkIsToldAsItIsNow_data();
    void networkIsToldAsItIsNow();
    void consoleDropsControlsAtAnySplit_data();
    void consoleDropsControlsAtAnySplit();
    void longLinesAreCut();
    void ceilingIsNice_data();
    void ceilingIsNice();
    void axisDoesNotJump();
    void binsKeepTheirPlace();
    void gapsAreZeros();
};

void TestTexts::shellReadsBackWhatIsQuoted_data()
{
    QTest::addColumn<QString>("word");
    for (const char *word : {"plain", "", "two words", "it's", "\"", "\\", "$HOME", "a\nb", "--flag=x", "*"})
        QTest::newRow(word) << QString::fromUtf8(word);
}

void TestTexts::shellReadsBackWhatIsQuoted()
{
    QFETCH(QString, word);
    const QString line = QStringLiteral("first %1 last").arg(shellQuoted(word));
    const auto words = shellSplit(line);
    QVERIFY(words);
    QCOMPARE(*words, (QStringList{QStringLiteral("first"), word, QStringLiteral("last")}));
}

void TestTexts::commandLineSaysWhatDiffers()
{
    BoxSpec spec;
    spec.name = QStringLiteral("web");
    spec.image = *ImageRef::parse(QStringLiteral("builtin/busybox"));
    QCOMPARE(runCommandLine(spec), QStringLiteral("boxgate run -d --name web builtin/busybox"));
    spec.cpus = 2;
    spec.memory = Bytes::fromGibi(2);
    spec.environment = {QStringLiteral("GREETING=hello you")};
    spec.network.mode = NetworkMode::Off;
    spec.network.allowNet = {QStringLiteral("waits.test")};
    spec.network.hostLoopback = HostLoopback::Off;
    spec.command = {QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("echo 'x'")};
    QCOMPARE(
        runCommandLine(spec),
        QStringLiteral("boxgate run -d --name web --cpus 2 --memory 2g -e 'GREETING=hello you' --network off "
                       "--host-loopback off builtin/busybox -- sh -c 'echo '\\''x'\\'''"));
}

void TestTexts::networkIsToldAsItIsNow_data()
{
    QTest::addColumn<BoxState>("state");
    QTest::addColumn<bool>("hasInterface");
    QTest::addColumn<NetworkMode>("mode");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("exposes");
    const QString waits = QStringLiteral("Off until restart");
    QTest::newRow("open") << BoxState::Running << true << NetworkMode::Open << "Open" << true;
    QTest::newRow("cut") << BoxState::Running << true << NetworkMode::Off << "Off" << false;
    QTest::newRow("began without") << BoxState::Running << false << NetworkMode::Off << "Off" << false;
    QTest::newRow("switched on too late")
        << BoxState::Running << false << NetworkMode::Open << waits << false;
    QTest::newRow("not running") << BoxState::Stopped << false << NetworkMode::Open << "Open" << false;
}

void TestTexts::networkIsToldAsItIsNow()
{
    QFETCH(bool, hasInterface);
    QFETCH(BoxState, state);
    QFETCH(NetworkMode, mode);
    BoxSummary box;
    box.state = state;
    box.hasInterface = hasInterface;
    box.spec.network.mode = mode;
    QTEST(networkText(box), "text");
    QTEST(exposesLoopbackNow(box), "exposes");
}

void TestTexts::consoleDropsControlsAtAnySplit_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("lines");
    QTest::newRow("plain") << QByteArray("a\nb\n") << QStringList{"a", "b"};
    QTest::newRow("carriage return and line feed") << QByteArray("a\r\nb\r\n") << QStringList{"a", "b"};
    QTest::newRow("carriage return alone starts again")
        << QByteArray("50 %\r100 %\n") << QStringList{"100 %"};
    QTest::newRow("colours") << QByteArray("\x1b[1;32mok\x1b[0m done\n") << QStringList{"ok done"};
    QTest::newRow("window title ended by BEL") << QByteArray("\x1b]0;evil\x07x\n") << QStringList{"x"};
    QTest::newRow("window title ended by ST") << QByteArray("\x1b]0;evil\x1b\\x\n") << QStringList{"x"};
    QTest::newRow("unicode") << QByteArray("na\xc3\xafve\n")
                             << QStringList{QString::fromUtf8("na\xc3\xafve")};
    QTest::newRow("bad utf-8") << QByteArray("a\xff\n") << QStringList{QStringLiteral("a\ufffd")};
    QTest::newRow("backspace and bell") << QByteArray("ab\b\x07"
                                                      "c\n")
                                        << QStringList{"ac"};
    QTest::newRow("sequence that never ends") << QByteArray("\x1b[12\nnext\n") << QStringList{"", "next"};
}

void TestTexts::consoleDropsControlsAtAnySplit()
{
    QFETCH(QByteArray, bytes);
    for (qsizetype split = 0; split <= bytes.size(); ++split) {
        ConsoleText text;
        QStringList lines = text.feed(bytes.left(split));
        lines += text.feed(bytes.mid(split));
        QTEST(lines, "lines");
    }
}

void TestTexts::longLinesAreCut()
{
    ConsoleText text;
    const QStringList lines = text.feed(QByteArray(100'000, 'x'));
    qsizetype total = text.unfinished().size();
    for (const QString &line : lines) {
        QVERIFY(line.size() <= ConsoleText::MaxLineBytes + 4);
        total += line.size();
    }
    QCOMPARE(total, 100'000);
}

void TestTexts::ceilingIsNice_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<double>("ceiling");
    QTest::newRow("nothing") << 0.0 << 1.0;
    QTest::newRow("just right") << 2e6 << 2e6;
    QTest::newRow("a little more") << 2.1e6 << 5e6;
    QTest::newRow("next power") << 6e3 << 1e4;
}

void TestTexts::ceilingIsNice()
{
    QFETCH(double, value);
    QFETCH(double, ceiling);
    QVERIFY(qAbs(niceCeiling(value) - ceiling) < ceiling * 1e-6);
}

void TestTexts::axisDoesNotJump()
{
    AxisCeiling axis;
    QCOMPARE(axis.update(0), AxisCeiling::Lowest);
    QCOMPARE(axis.update(4e6), 5e6);
    QCOMPARE(axis.update(2.2e6), 5e6); // stays: more than two fifths are used
    QCOMPARE(axis.update(1.9e6), 2e6);
    QCOMPARE(axis.update(1e9), 1e9);
}

void TestTexts::binsKeepTheirPlace()
{
    TrafficSeries series;
    for (qint64 second = 1000; second < 1400; ++second)
        series.append(NetSample{.second = second, .bytesReceived = second == 1205 ? 5000ULL : 0ULL});
    const auto peakOf = [](const std::vector<TrafficPoint> &points) {
        return std::ranges::max(points, {}, &TrafficPoint::down);
    };
    const TrafficPoint before = peakOf(binned(series, series.lastSecond(), 3600, 360));
    QCOMPARE(before.down, 500.0);
    QCOMPARE(before.firstSecond, 1200);
    for (qint64 second = 1400; second < 1407; ++second) {
        series.append(NetSample{.second = second});
        QCOMPARE(peakOf(binned(series, series.lastSecond(), 3600, 360)).down, 500.0);
    }
    QCOMPARE(binned(series, series.lastSecond(), 60, 60).size(), size_t(60));
}

void TestTexts::gapsAreZeros()
{
    TrafficSeries series;
    QVERIFY(series.isIdle(60));
    series.append(NetSample{.second = 100, .bytesSent = 7});
    series.append(NetSample{.second = 104, .bytesSent = 9});
    QCOMPARE(series.at(102).bytesSent, 0ULL);
    QCOMPARE(series.at(104).bytesSent, 9ULL);
    QVERIFY(!series.isIdle(60));
    series.append(NetSample{.second = 103, .bytesSent = 1}); // older: ignored
    QCOMPARE(series.lastSecond(), 104);
    series.append(NetSample{.second = 170});
    QVERIFY(series.isIdle(60));
    series.append(NetSample{.second = 1'000'000}); // a leap of the clock must not fill the memory
    QCOMPARE(series.at(1'000'000).bytesSent, 0ULL);
}

QTEST_MAIN(TestTexts)
#include "tst_texts.moc"
