// The window itself: real clicks and keys on the whole desktop over made-up boxes. Any warning of the QML
// engine fails.

#include "tests/qml/accessibletree.h"
#include "tests/qml/desktopfixture.h"

#include <QAccessible>
#include <QGuiApplication>
#include <QQuickItem>
#include <QQuickWindow>
#include <QTest>

using namespace boxgate;

namespace {

QStringList &warnings()
{
    static QStringList list;
    return list;
}

void record(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    if (type == QtInfoMsg || type == QtDebugMsg || message.contains(QLatin1String("XDG_RUNTIME_DIR"))
        || message.contains(QLatin1String("propagateSizeHints")))
        return;
    warnings().append(message);
}

bool has(const QImage &image, const QRect &area, const std::function<bool(const QColor &)> &accepts)
{
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x) {
            if (accepts(image.pixelColor(x, y)))
                return true;
        }
    }
    return false;
}

} // namespace

class TestDesktop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qInstallMessageHandler(record); }
    void init();
    void cleanup();
    void aBoxLivesItsWholeLife();
    void networkSwitchShowsWhatIsSo();
    void warningStandsWhileLoopbackIsExposed();
    void failedActionIsSaidInASentence();
    void chartIsDrawnInBothColours();
    void everyControlHasAName();
    void keysWork();

private:
    void open(FakeScenario scenario);
    QAccessibleInterface *find(QAccessible::Role role, const QString &name);
    void click(QAccessible::Role role, const QString &name);
    QQuickItem *item(const char *objectName)
    {
        return window()->findChild<QQuickItem *>(QLatin1String(objectName));
    }
    QQuickWindow *window() { return m_fixture->desktop.window(); }
    ui::Workspace &workspace() { return m_fixture->desktop.workspace(); }
    void select(const QString &name);

    std::unique_ptr<DesktopFixture> m_fixture;
};

void TestDesktop::init() { warnings().clear(); }

void TestDesktop::cleanup()
{
    m_fixture.reset();
    QVERIFY2(warnings().isEmpty(), qPrintable(warnings().join(u'\n')));
}

void TestDesktop::open(FakeScenario scenario)
{
    m_fixture = std::make_unique<DesktopFixture>(scenario);
    const auto shown = m_fixture->desktop.show();
    QVERIFY(shown);
    QAccessible::setActive(true);
    QVERIFY(QTest::qWaitForWindowExposed(window()));
    QTRY_VERIFY(workspace().boxes()->isReady());
}

QAccessibleInterface *TestDesktop::find(QAccessible::Role role, const QString &name)
{
    return test::findAccessible(QAccessible::queryAccessibleInterface(window()), role, name);
}

void TestDesktop::click(QAccessible::Role role, const QString &name)
{
    QAccessibleInterface *found = nullptr;
    QTRY_VERIFY2((found = find(role, name)) != nullptr, qPrintable(name));
    QTRY_VERIFY2(!found->state().disabled, qPrintable(name));
    auto *target = qobject_cast<QQuickItem *>(found->object());
    QVERIFY(target);
    const QPointF middle = target->mapToScene(QPointF(target->width() / 2, target->height() / 2));
    QTest::mouseClick(window(), Qt::LeftButton, {}, middle.toPoint());
}

void TestDesktop::select(const QString &name)
{
    for (const BoxSummary &box : m_fixture->service.boxes()) {
        if (box.spec.name == name)
            workspace().selected()->setBoxId(box.id.toString());
    }
    QCOMPARE(workspace().selected()->name(), name);
}

void TestDesktop::aBoxLivesItsWholeLife()
{
    open(FakeScenario::Empty);
    click(QAccessible::Button, QStringLiteral("Create your first box"));
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("Create and start")));
    QTest::keyClick(window(), Qt::Key_A, Qt::ControlModifier);
    for (const char c : QByteArrayLiteral("first"))
        QTest::keyClick(window(), c);
    QCOMPARE(workspace().newBox()->property("name").toString(), QStringLiteral("first"));
    click(QAccessible::Button, QStringLiteral("Create and start"));
    QTRY_COMPARE(workspace().selected()->name(), QStringLiteral("first"));
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("running"));
    click(QAccessible::Button, QStringLiteral("Stop"));
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("stopped"));
    click(QAccessible::Button, QStringLiteral("Start"));
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("running"));
    click(QAccessible::Button, QStringLiteral("Remove"));
    click(QAccessible::Button, QStringLiteral("Remove box"));
    QTRY_COMPARE(workspace().boxes()->count(), 0);
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("Create your first box")));
}

void TestDesktop::networkSwitchShowsWhatIsSo()
{
    open(FakeScenario::Showcase);
    select(QStringLiteral("api-tests"));
    QAccessibleInterface *networkSwitch = find(QAccessible::CheckBox, QStringLiteral("Network"));
    QVERIFY(networkSwitch);
    QVERIFY(networkSwitch->state().checked);
    click(QAccessible::CheckBox, QStringLiteral("Network"));
    // Asked for, not done: it still says on.
    QVERIFY(workspace().selected()->isNetworkPending());
    QVERIFY(networkSwitch->state().checked);
    QTRY_COMPARE(workspace().selected()->networkMode(), QStringLiteral("off"));
    QVERIFY(!networkSwitch->state().checked);
    QTRY_VERIFY(!workspace().selected()->isNetworkPending());

    m_fixture->service.failNext({ErrorCode::Unavailable, QStringLiteral("The runner does not answer"), {}});
    click(QAccessible::CheckBox, QStringLiteral("Network"));
    QTRY_COMPARE(workspace().tasks()->failedCount(), 1);
    QCOMPARE(workspace().selected()->networkMode(), QStringLiteral("off"));
    QVERIFY(!networkSwitch->state().checked);
}

void TestDesktop::warningStandsWhileLoopbackIsExposed()
{
    open(FakeScenario::Showcase);
    select(QStringLiteral("api-tests"));
    QQuickItem *warning = item("loopbackWarning");
    QVERIFY(warning);
    QTRY_VERIFY(warning->isVisible());
    QTRY_VERIFY(find(QAccessible::StaticText, QStringLiteral("5432 postgres")));
    click(QAccessible::Button, QStringLiteral("Turn off host loopback"));
    QTRY_VERIFY(!warning->isVisible());
    QCOMPARE(workspace().selected()->networkMode(), QStringLiteral("open"));
    select(QStringLiteral("model-eval")); // its network is off
    QVERIFY(!warning->isVisible());
    select(QStringLiteral("release-upload"));
    QVERIFY(warning->isVisible());
}

void TestDesktop::failedActionIsSaidInASentence()
{
    open(FakeScenario::Showcase);
    select(QStringLiteral("calm-otter"));
    m_fixture->service.failNext(
        {ErrorCode::Unavailable, QStringLiteral("No QEMU is installed"), QStringLiteral("raw")});
    click(QAccessible::Button, QStringLiteral("Start"));
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("failed"));
    QTRY_VERIFY(find(QAccessible::AlertMessage, QStringLiteral("Starting calm-otter: No QEMU is installed")));
    QVERIFY(find(QAccessible::AlertMessage, QStringLiteral("Failed while preparing")));
    click(QAccessible::Button, QStringLiteral("Dismiss"));
    QTRY_COMPARE(workspace().tasks()->failedCount(), 0);
}

void TestDesktop::chartIsDrawnInBothColours()
{
    open(FakeScenario::Showcase);
    select(QStringLiteral("api-tests"));
    for (int second = 0; second < 5; ++second)
        m_fixture->service.tick();
    QQuickItem *chart = item("bandwidthChart");
    QVERIFY(chart);
    const QImage image = window()->grabWindow();
    const qreal scale = image.devicePixelRatio();
    const QRectF scene = chart->mapRectToScene(QRectF(0, 0, chart->width(), chart->height()));
    const QRect area = QRectF(scene.topLeft() * scale, scene.size() * scale).toRect() & image.rect();
    QVERIFY(area.width() > 200 && area.height() > 100);
    QVERIFY2(has(image, area, [](const QColor &c) { return c.blue() > 200 && c.red() < 90; }),
             "no received curve");
    QVERIFY2(
        has(image, area, [](const QColor &c) { return c.red() > 140 && c.green() < 90 && c.blue() > 120; }),
        "no sent curve");
    // Received above the zero line at two thirds, sent below it.
    const int zero = area.top() + area.height() * 6 / 10;
    QVERIFY(has(image, QRect(area.topLeft(), QPoint(area.right(), zero)),
                [](const QColor &c) { return c.blue() > 200 && c.red() < 90; }));
    QVERIFY(!has(image, QRect(area.topLeft(), QPoint(area.right(), zero)),
                 [](const QColor &c) { return c.red() > 140 && c.green() < 90 && c.blue() > 120; }));
}

void TestDesktop::everyControlHasAName()
{
    open(FakeScenario::Showcase);
    QStringList nameless;
    int controls = 0;
    const std::function<void(QAccessibleInterface *)> walk = [&](QAccessibleInterface *node) {
        if (!node || node->state().invisible)
            return;
        const QAccessible::Role role = node->role();
        if (role == QAccessible::Button || role == QAccessible::CheckBox || role == QAccessible::RadioButton
            || role == QAccessible::EditableText || role == QAccessible::ListItem
            || role == QAccessible::PageTab || role == QAccessible::Chart) {
            ++controls;
            if (node->text(QAccessible::Name).isEmpty())
                nameless << QString::fromLatin1(node->object()->metaObject()->className());
        }
        for (int i = 0; i < node->childCount(); ++i)
            walk(node->child(i));
    };
    walk(QAccessible::queryAccessibleInterface(window()));
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u' ')));
    QVERIFY2(controls > 20, qPrintable(QString::number(controls)));
}

void TestDesktop::keysWork()
{
    open(FakeScenario::Showcase);
    select(QStringLiteral("calm-otter"));
    QTest::keyClick(window(), Qt::Key_S);
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("running"));
    QTest::keyClick(window(), Qt::Key_S);
    QTRY_COMPARE(workspace().selected()->boxState(), QStringLiteral("stopped"));
    QTest::keyClick(window(), Qt::Key_Down);
    QTRY_COMPARE(workspace().selected()->name(), QStringLiteral("docs-site"));
    QTest::keyClick(window(), Qt::Key_Slash);
    for (const char c : QByteArrayLiteral("sn")) // letters go into the field, not to the shortcuts
        QTest::keyClick(window(), c);
    QTRY_COMPARE(workspace().shownBoxes()->filter(), QStringLiteral("sn"));
    QTest::keyClick(window(), Qt::Key_Escape);
    QTRY_COMPARE(workspace().shownBoxes()->filter(), QString());
    QTest::keyClick(window(), Qt::Key_Delete);
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("Remove box")));
    QTest::keyClick(window(), Qt::Key_Escape);
    QTRY_VERIFY(!find(QAccessible::Button, QStringLiteral("Remove box")));
    QTest::keyClick(window(), Qt::Key_2, Qt::ControlModifier);
    QTRY_VERIFY(!find(QAccessible::Button, QStringLiteral("New box")));
    QTest::keyClick(window(), Qt::Key_1, Qt::ControlModifier);
    QTRY_VERIFY(find(QAccessible::Button, QStringLiteral("New box")));
}

QTEST_MAIN(TestDesktop)
#include "tst_desktop.moc"
