// The desktop with real boxes on a real X display: mouse and keyboard come from the X server, what is shown
// is read from the display, and what happened is asked of the command line. A picture of each step is left in
// the build's screenshots folder. The tests build on each other, as a user's session does.

#include "core/base/filelock.h"
#include "core/client/localboxservice.h"
#include "qml/app/desktopwindow.h"
#include "tests/integration/desktop/virtualdisplay.h"
#include "tests/integration/desktop/xinput.h"
#include "tests/qml/accessibletree.h"
#include "tests/support/realhome.h"

#include <QDir>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QQuickItem>
#include <QQuickWindow>
#include <QScreen>
#include <QTest>

#include <csignal>

using namespace boxgate;
using namespace boxgate::test;

namespace {

constexpr int StartLimit = 30'000; ///< ms; a boot under emulation on a busy machine
const QString First = QStringLiteral("first");

QStringList &warnings()
{
    static QStringList list;
    return list;
}

void record(QtMsgType, const QMessageLogContext &, const QString &message)
{
    if (message.contains(QLatin1String("qrc:")))
        warnings().append(message);
}

/// The whole desktop, as app/desktop/main.cpp wires it.
struct Session
{
    explicit Session(const Paths &paths, const QSize &size)
        : service(paths)
        , desktop(&service,
                  {paths.dataDirectory() + QStringLiteral("/desktop.ini"), QStringLiteral("light"), size, {}})
    { }

    LocalBoxService service;
    ui::DesktopWindow desktop;
};

bool isDown(const QColor &c) { return c.blue() > 190 && c.red() < 90; }
bool isUp(const QColor &c) { return c.red() > 140 && c.green() < 90 && c.blue() > 120; }

} // namespace

class TestDesktop : public QObject
{
    Q_OBJECT

public:
    explicit TestDesktop(const QByteArray &display)
        : m_display(display)
        , m_input(display)
    { }

private Q_SLOTS:
    void initTestCase();
    void init() { warnings().clear(); }
    void cleanup() { QVERIFY2(warnings().isEmpty(), qPrintable(warnings().join(u'\n'))); }
    void firstBoxStartsByAClick();
    void trafficIsDrawn();
    void numbersAreThoseOfStats();
    void networkSwitchHoldsInsideTheBox();
    void boxIsCreatedByKeyboard();
    void boxIsStoppedAndRemoved();
    void workOfTheCommandLineShowsWithinASecond();
    void killedRunnerShowsItsReason();
    void windowComesBackAsItWas();
    void programSurvivesItsOwnDeath();

private:
    void openWindow(const QSize &size = QSize());
    void closeWindow();
    void picture(const char *name);
    QImage shown() { return QGuiApplication::primaryScreen()->grabWindow(0).toImage(); }
    QAccessibleInterface *find(QAccessible::Role role, const QString &name);
    QPoint middleOf(QAccessibleInterface *found);
    void click(QAccessible::Role role, const QString &name);
    bool chartHas(bool (*accepts)(const QColor &));
    /// What `ping` says inside of the box: its own exit status as it prints it.
    QByteArray pingStatus(const QString &box);
    QQuickWindow *window() { return m_session->desktop.window(); }
    ui::Workspace &workspace() { return m_session->desktop.workspace(); }
    ui::SelectedBox *selected() { return workspace().selected(); }
    QStringList names() { return workspace().boxes()->names(); }

    const QByteArray m_display;
    XInput m_input;
    RealHome m_home;
    std::unique_ptr<Session> m_session;
};

void TestDesktop::initTestCase()
{
    QVERIFY(m_input.isValid());
    QVERIFY(QDir().mkpath(QStringLiteral(BOXGATE_SHOTS_DIR)));
    qInstallMessageHandler(record);
    QAccessible::setActive(true);
    const Outcome created = m_home.boxgate({"create", "--name", First, "builtin/busybox"});
    QVERIFY2(created.exitCode == 0, created.toBytes());
    openWindow(QSize(1280, 800));
}

void TestDesktop::openWindow(const QSize &size)
{
    const Result<Paths> paths = Paths::locate(m_home.path());
    QVERIFY(paths.has_value());
    m_session = std::make_unique<Session>(*paths, size);
    QVERIFY(m_session->desktop.show());
    QVERIFY(QTest::qWaitForWindowExposed(window()));
    window()->requestActivate();
    QVERIFY(QTest::qWaitForWindowActive(window()));
    QTRY_VERIFY(workspace().boxes()->isReady());
}

void TestDesktop::closeWindow()
{
    // The service outlives what is awaited of it.
    QTRY_COMPARE_WITH_TIMEOUT(workspace().tasks()->runningCount(), 0, StartLimit);
    m_session.reset();
}

void TestDesktop::picture(const char *name)
{
    m_input.moveTo(QPoint(1439, 899));
    QTest::qWait(150); // for the picture alone: what hovers fades, what is new is drawn
    QVERIFY(shown().save(QStringLiteral(BOXGATE_SHOTS_DIR "/%1.png").arg(QLatin1String(name))));
}

QAccessibleInterface *TestDesktop::find(QAccessible::Role role, const QString &name)
{
    return findAccessible(QAccessible::queryAccessibleInterface(window()), role, name);
}

QPoint TestDesktop::middleOf(QAccessibleInterface *found)
{
    const auto *item = qobject_cast<QQuickItem *>(found->object());
    return item->mapToGlobal(QPointF(item->width() / 2, item->height() / 2)).toPoint();
}

void TestDesktop::click(QAccessible::Role role, const QString &name)
{
    QAccessibleInterface *found = nullptr;
    QTRY_VERIFY2((found = find(role, name)) != nullptr, qPrintable(name));
    QTRY_VERIFY2(!found->state().disabled, qPrintable(name));
    m_input.click(middleOf(found));
}

bool TestDesktop::chartHas(bool (*accepts)(const QColor &))
{
    const auto *chart = window()->findChild<QQuickItem *>(QStringLiteral("bandwidthChart"));
    const QImage image = shown();
    const QRect area =
        QRectF(chart->mapToGlobal(QPointF(70, 4)), QSizeF(chart->width() - 70, 180)).toRect() & image.rect();
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x) {
            if (accepts(image.pixelColor(x, y)))
                return true;
        }
    }
    return false;
}

QByteArray TestDesktop::pingStatus(const QString &box)
{
    const Outcome probe = m_home.boxgate(
        {"exec", box, "--", "sh", "-c", "ping -c 1 -W 5 192.168.127.254 >/dev/null 2>&1; echo status $?"});
    return probe.out.trimmed();
}

void TestDesktop::firstBoxStartsByAClick()
{
    click(QAccessible::ListItem, First);
    QTRY_COMPARE(selected()->name(), First);
    picture("1-created");
    click(QAccessible::Button, QStringLiteral("Start"));
    QTRY_VERIFY(selected()->boxState() != QLatin1String("created"));
    picture("2-starting");
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("running"), StartLimit);
    QCOMPARE(m_home.state(First), QStringLiteral("running"));
    QTRY_VERIFY(find(QAccessible::StaticText, QStringLiteral("Running")));
    const auto *warning = window()->findChild<QQuickItem *>(QStringLiteral("loopbackWarning"));
    QVERIFY(warning && warning->isVisible());
    picture("3-running");
}

void TestDesktop::trafficIsDrawn()
{
    QVERIFY(!chartHas(isDown));
    const auto ping = m_home.start({"exec", First, "--", "ping", "-c", "8", "-s", "1400", "192.168.127.254"});
    QTRY_VERIFY_WITH_TIMEOUT(chartHas(isDown) && chartHas(isUp), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(ping->state() == QProcess::NotRunning, 20'000);
    QCOMPARE(ping->exitCode(), 0);
    picture("4-traffic");
}

void TestDesktop::numbersAreThoseOfStats()
{
    const Outcome stats = m_home.boxgate({"stats", "--no-stream", "--json", First});
    QVERIFY2(stats.exitCode == 0, stats.toBytes());
    const QJsonObject counters =
        QJsonDocument::fromJson(stats.out).object().value(QStringLiteral("counters")).toObject();
    const auto number = [&counters](const char *key) {
        return Bytes(quint64(counters.value(QLatin1String(key)).toDouble())).toDisplay();
    };
    QVERIFY(counters.value(QStringLiteral("bytes_received")).toDouble() > 8 * 1400);
    QTRY_COMPARE(selected()->receivedText(), number("bytes_received"));
    QCOMPARE(selected()->sentText(), number("bytes_sent"));
}

void TestDesktop::networkSwitchHoldsInsideTheBox()
{
    QCOMPARE(pingStatus(First), "status 0");
    click(QAccessible::CheckBox, QStringLiteral("Network"));
    QTRY_COMPARE(selected()->networkMode(), QStringLiteral("off"));
    QTRY_VERIFY(!selected()->isNetworkPending());
    QCOMPARE(pingStatus(First), "status 1");
    QCOMPARE(m_home.inspect(First).value(QStringLiteral("state")).toString(), QStringLiteral("running"));
    const auto *warning = window()->findChild<QQuickItem *>(QStringLiteral("loopbackWarning"));
    QTRY_VERIFY(!warning->isVisible());
    picture("5-network-off");
    click(QAccessible::CheckBox, QStringLiteral("Network"));
    QTRY_COMPARE(selected()->networkMode(), QStringLiteral("open"));
    QTRY_VERIFY(!selected()->isNetworkPending());
    QCOMPARE(pingStatus(First), "status 0");
    QTRY_VERIFY(warning->isVisible());
}

void TestDesktop::boxIsCreatedByKeyboard()
{
    m_input.press("n");
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("Create and start")));
    picture("6-new-box");
    m_input.press("a", "Control_L");
    m_input.type("key-made");
    QTRY_COMPARE(workspace().newBox()->property("name").toString(), QStringLiteral("key-made"));
    m_input.press("Return");
    QTRY_COMPARE(selected()->name(), QStringLiteral("key-made"));
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("running"), StartLimit);
    QCOMPARE(m_home.state(QStringLiteral("key-made")), QStringLiteral("running"));
}

void TestDesktop::boxIsStoppedAndRemoved()
{
    QCOMPARE(selected()->name(), QStringLiteral("key-made"));
    click(QAccessible::Button, QStringLiteral("Stop"));
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("stopped"), StartLimit);
    QCOMPARE(m_home.state(QStringLiteral("key-made")), QStringLiteral("stopped"));
    m_input.press("Delete");
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("Remove box")));
    picture("7-remove");
    m_input.press("Tab"); // from Cancel
    m_input.press("space");
    QTRY_COMPARE(names(), QStringList{First});
    QCOMPARE(m_home.state(QStringLiteral("key-made")), QString());
    QTRY_COMPARE(selected()->name(), First);
}

void TestDesktop::workOfTheCommandLineShowsWithinASecond()
{
    const QString other = QStringLiteral("other");
    QCOMPARE(m_home.boxgate({"create", "--name", other, "--memory", "128m", "builtin/busybox"}).exitCode, 0);
    QTRY_VERIFY_WITH_TIMEOUT(names().contains(other), 1000);
    selected()->setBoxId(workspace().shownBoxes()->idAt(1));
    QCOMPARE(selected()->name(), other);
    const auto start = m_home.start({"start", other});
    const QString lock =
        m_home.path() + QStringLiteral("/boxes/") + selected()->boxId() + QStringLiteral("/lock");
    QTRY_VERIFY_WITH_TIMEOUT(FileLock::isHeld(lock), StartLimit);
    QTRY_VERIFY_WITH_TIMEOUT(selected()->boxState() != QLatin1String("created"), 1000);
    QTRY_VERIFY_WITH_TIMEOUT(start->state() == QProcess::NotRunning, StartLimit);
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("running"), 1000);
    QCOMPARE(m_home.boxgate({"rm", "-f", other}).exitCode, 0);
    QTRY_COMPARE_WITH_TIMEOUT(names(), QStringList{First}, 1000);
}

void TestDesktop::killedRunnerShowsItsReason()
{
    const QList<qint64> runners = m_home.processes(QStringLiteral("boxgate-runner"));
    QCOMPARE(runners.size(), 1);
    QCOMPARE(selected()->name(), First);
    QCOMPARE(::kill(pid_t(runners.first()), SIGKILL), 0);
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("failed"), 2000);
    QVERIFY(!selected()->failureReason().isEmpty());
    QVERIFY(find(QAccessible::AlertMessage, selected()->failureTitle()));
    picture("8-failed");
    click(QAccessible::Button, QStringLiteral("Try again"));
    QTRY_COMPARE_WITH_TIMEOUT(selected()->boxState(), QStringLiteral("running"), StartLimit);
}

void TestDesktop::windowComesBackAsItWas()
{
    closeWindow();
    openWindow();
    QCOMPARE(selected()->name(), First);
    const QRect wanted(120, 60, 1010, 690);
    window()->setGeometry(wanted);
    QTRY_COMPARE(window()->geometry(), wanted);
    const auto ping = m_home.start({"exec", First, "--", "ping", "-c", "3", "-s", "1400", "192.168.127.254"});
    QTRY_VERIFY_WITH_TIMEOUT(ping->state() == QProcess::NotRunning, 20'000);
    QTRY_VERIFY(chartHas(isDown));
    m_input.press("q", "Control_L");
    QTRY_VERIFY(!window()->isVisible());
    closeWindow();
    openWindow();
    QTRY_COMPARE(window()->geometry(), wanted);
    QTRY_COMPARE(selected()->boxState(), QStringLiteral("running"));
    QTRY_VERIFY(chartHas(isDown)); // what passed before this window was there
    picture("9-again");
}

void TestDesktop::programSurvivesItsOwnDeath()
{
    closeWindow();
    QProcessEnvironment environment = m_home.environment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
    environment.insert(QStringLiteral("DISPLAY"), QString::fromLatin1(m_display));
    const QImage before = shown();
    QProcess program;
    program.setProcessEnvironment(environment);
    program.start(RealHome::program(QStringLiteral("boxgate-desktop")), QStringList());
    QVERIFY(program.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(shown() != before, 10'000);
    program.kill();
    QVERIFY(program.waitForFinished());
    QCOMPARE(m_home.state(First), QStringLiteral("running"));

    const QString file = QStringLiteral(BOXGATE_SHOTS_DIR "/10-program.png");
    QFile::remove(file);
    program.start(RealHome::program(QStringLiteral("boxgate-desktop")), {"--screenshot", file});
    QVERIFY(program.waitForFinished());
    QCOMPARE(program.exitCode(), 0);
    const QByteArray said = program.readAllStandardError();
    QVERIFY2(!said.contains("qrc:") && !said.contains("boxgate"), said);
    QVERIFY(QFile::exists(file));
    QCOMPARE(m_home.state(First), QStringLiteral("running"));
}

int main(int argc, char **argv)
{
    constexpr int Skipped = 77;
    const VirtualDisplay display;
    if (display.name().isEmpty()) {
        qWarning("Xvfb cannot be started: install the package xvfb");
        return Skipped;
    }
    qputenv("DISPLAY", display.name());
    // Beside this program there is none.
    qputenv("BOXGATE_RUNNER", RealHome::program(QStringLiteral("boxgate-runner")).toLocal8Bit());
    QGuiApplication app(argc, argv);
    TestDesktop test(display.name());
    return QTest::qExec(&test, argc, argv);
}

#include "tst_desktop.moc"
