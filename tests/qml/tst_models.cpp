// The view models on a FakeBoxService whose clock the test turns by hand.

#include "qml/fake/fakeboxservice.h"
#include "qml/models/workspace.h"

#include <QAbstractItemModelTester>
#include <QGuiApplication>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;
using namespace boxgate::ui;

class TestModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void rowsComeAndGoOneByOne();
    void stateIsToldAtOnceAndRatesInBatches();
    void idleBoxesTellNothing();
    void filterNeedsEveryWord_data();
    void filterNeedsEveryWord();
    void exposureFollowsTheBox();
    void logKeepsItsBound();
    void formSaysWhatIsWrong_data();
    void formSaysWhatIsWrong();
    void failuresAreBounded();

private:
    void make(FakeScenario scenario);
    BoxId idOf(const QString &name) const;

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<FakeBoxService> m_service;
    std::unique_ptr<Workspace> m_workspace;
};

void TestModels::init()
{
    m_workspace.reset();
    m_service.reset();
}

void TestModels::make(FakeScenario scenario)
{
    m_home = std::make_unique<QTemporaryDir>();
    m_service =
        std::make_unique<FakeBoxService>(FakeBoxService::Options{.scenario = scenario,
                                                                 .latency = std::chrono::milliseconds(1),
                                                                 .clock = FakeBoxService::Clock::Manual});
    m_workspace =
        std::make_unique<Workspace>(m_service.get(), m_home->filePath(QStringLiteral("desktop.ini")));
    QTRY_VERIFY(m_workspace->boxes()->isReady());
    QTRY_VERIFY(m_workspace->host()->isKnown());
}

BoxId TestModels::idOf(const QString &name) const
{
    for (const BoxSummary &box : m_service->boxes()) {
        if (box.spec.name == name)
            return box.id;
    }
    return {};
}

void TestModels::rowsComeAndGoOneByOne()
{
    make(FakeScenario::Showcase);
    BoxListModel *model = m_workspace->boxes();
    QAbstractItemModelTester tester(model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester proxyTester(m_workspace->shownBoxes(),
                                         QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy resets(model, &QAbstractItemModel::modelReset);
    const int before = model->count();
    NewBoxForm *form = m_workspace->newBox();
    form->setProperty("name", QStringLiteral("cafe"));
    form->setProperty("startAtOnce", false);
    form->submit();
    QTRY_COMPARE(model->count(), before + 1);
    QCOMPARE(model->names().indexOf(QStringLiteral("cafe")), 2); // after build-cache, before calm-otter
    QTRY_COMPARE(m_workspace->selected()->name(), QStringLiteral("cafe"));
    m_workspace->selected()->remove();
    QTRY_COMPARE(model->count(), before);
    QVERIFY(m_workspace->selected()->exists()); // a neighbour takes its place
    QCOMPARE(resets.count(), 0);
}

void TestModels::stateIsToldAtOnceAndRatesInBatches()
{
    make(FakeScenario::Showcase);
    BoxListModel *model = m_workspace->boxes();
    QTest::qWait(100); // lets what the start-up left behind pass
    QSignalSpy changes(model, &QAbstractItemModel::dataChanged);
    m_service->crash(idOf(QStringLiteral("docs-site")), QStringLiteral("The guest panicked"));
    QCOMPARE(changes.count(), 1);
    QVERIFY(changes.at(0).at(2).value<QList<int>>().contains(BoxListModel::StateRole));
    changes.clear();
    for (int i = 0; i < 20; ++i) // twenty seconds at once are still one batch
        m_service->tick();
    QCOMPARE(changes.count(), 0);
    QTRY_VERIFY(changes.count() > 0);
    QVERIFY2(changes.count() <= 4,
             qPrintable(QString::number(changes.count()))); // at most one per running box
    for (const auto &change : changes)
        QVERIFY(!change.at(2).value<QList<int>>().contains(BoxListModel::StateRole));
}

void TestModels::idleBoxesTellNothing()
{
    make(FakeScenario::ManyIdle);
    QTest::qWait(100);
    QSignalSpy changes(m_workspace->boxes(), &QAbstractItemModel::dataChanged);
    QSignalSpy selected(m_workspace->selected(), &SelectedBox::trafficChanged);
    for (int i = 0; i < 60; ++i)
        m_service->tick();
    QTest::qWait(100);
    QVERIFY(changes.count() <= 20); // the first sample may take "nothing known" to "0 B/s" once
    changes.clear();
    selected.clear();
    for (int i = 0; i < 60; ++i)
        m_service->tick();
    QTest::qWait(1200); // more than one batch interval
    QCOMPARE(changes.count(), 0);
    QCOMPARE(selected.count(), 0);
}

void TestModels::filterNeedsEveryWord_data()
{
    QTest::addColumn<QString>("filter");
    QTest::addColumn<int>("count");
    QTest::newRow("nothing typed shows all") << "" << 8;
    QTest::newRow("part of a name") << "docs" << 1;
    QTest::newRow("part of an image, any case") << "ALPINE" << 3;
    QTest::newRow("state") << "failed" << 1;
    QTest::newRow("two words, both needed") << "alpine running" << 2;
    QTest::newRow("matches none") << "zzz" << 0;
}

void TestModels::filterNeedsEveryWord()
{
    QFETCH(QString, filter);
    make(FakeScenario::Showcase);
    m_workspace->shownBoxes()->setFilter(filter);
    QTEST(m_workspace->shownBoxes()->count(), "count");
}

void TestModels::exposureFollowsTheBox()
{
    make(FakeScenario::Showcase);
    ExposureModel *exposure = m_workspace->exposure();
    QAbstractItemModelTester tester(exposure, QAbstractItemModelTester::FailureReportingMode::QtTest);
    SelectedBox *box = m_workspace->selected();
    box->setBoxId(idOf(QStringLiteral("api-tests")).toString());
    QCOMPARE(exposure->count(), 5);
    QCOMPARE(exposure->sensitiveCount(), 2);
    QVERIFY(exposure->index(0).data(ExposureModel::SensitiveRole).toBool()); // sensitive ones first
    QCOMPARE(exposure->harmlessPorts(), QStringLiteral("631, 8081, 9229"));
    box->setBoxId(idOf(QStringLiteral("docs-site")).toString()); // only port 8081
    QCOMPARE(exposure->count(), 1);
    box->setBoxId(idOf(QStringLiteral("model-eval")).toString()); // network off
    QCOMPARE(exposure->count(), 0);
    box->setBoxId(idOf(QStringLiteral("scratch")).toString()); // not running
    QCOMPARE(exposure->count(), 0);
    QCOMPARE(box->setHostLoopback(QStringLiteral("ports"), QStringLiteral("80, x")),
             QStringLiteral("'x' is not a port: write numbers from 1 to 65535"));
}

void TestModels::logKeepsItsBound()
{
    make(FakeScenario::Showcase);
    ConsoleLog *log = m_workspace->log();
    QAbstractItemModelTester tester(log, QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_workspace->selected()->setBoxId(idOf(QStringLiteral("api-tests")).toString());
    log->setActive(true);
    QTRY_VERIFY(log->count() > 60);
    QVERIFY(!log->allText().contains(u'\x1b'));
    QByteArray flood;
    for (int i = 0; i < 7000; ++i)
        flood += "line " + QByteArray::number(i) + "\n";
    m_service->print(idOf(QStringLiteral("api-tests")), flood);
    QTRY_COMPARE(log->index(log->count() - 1).data(ConsoleLog::TextRole).toString(),
                 QStringLiteral("line 6999"));
    QCOMPARE(log->count(), int(ConsoleLog::MaxLines));
    m_workspace->selected()->setBoxId(idOf(QStringLiteral("calm-otter")).toString());
    QTRY_COMPARE(log->count(), 0);
}

void TestModels::formSaysWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QByteArray>("errorField");
    QTest::addColumn<QString>("part");
    QTest::newRow("capital in the name")
        << QByteArray("name") << QVariant("Web") << QByteArray("nameError") << "lower-case";
    QTest::newRow("name is taken") << QByteArray("name") << QVariant("scratch") << QByteArray("nameError")
                                   << "already";
    QTest::newRow("no image") << QByteArray("image") << QVariant("") << QByteArray("imageError")
                              << "No image";
    QTest::newRow("no CPU") << QByteArray("cpus") << QVariant(0) << QByteArray("cpusError") << "1 to 8";
    QTest::newRow("too little memory")
        << QByteArray("memory") << QVariant("64m") << QByteArray("memoryError") << "128 MiB";
    QTest::newRow("memory beyond the host's")
        << QByteArray("memory") << QVariant("64g") << QByteArray("memoryError") << "32 GiB";
    QTest::newRow("disk is no size") << QByteArray("disk") << QVariant("big") << QByteArray("diskError")
                                     << "not a size";
    QTest::newRow("open quote") << QByteArray("command") << QVariant("sh -c 'x") << QByteArray("commandError")
                                << "quote";
}

void TestModels::formSaysWhatIsWrong()
{
    QFETCH(QByteArray, field);
    QFETCH(QVariant, value);
    QFETCH(QByteArray, errorField);
    QFETCH(QString, part);
    make(FakeScenario::Showcase);
    NewBoxForm *form = m_workspace->newBox();
    form->reset();
    QVERIFY(form->isValid());
    QVERIFY(!form->commandLine().isEmpty());
    form->setProperty(field.constData(), value);
    QVERIFY(!form->isValid());
    QVERIFY(form->commandLine().isEmpty());
    const QString error = form->property(errorField.constData()).toString();
    QVERIFY2(error.contains(part), qPrintable(error));
    for (const char *other :
         {"nameError", "imageError", "cpusError", "memoryError", "diskError", "commandError"}) {
        if (errorField != other)
            QVERIFY2(form->property(other).toString().isEmpty(), other);
    }
}

void TestModels::failuresAreBounded()
{
    make(FakeScenario::Empty);
    TaskModel *tasks = m_workspace->tasks();
    QAbstractItemModelTester tester(tasks, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (int i = 0; i < 20; ++i)
        Q_EMIT m_service->failed(Error{ErrorCode::Io, QStringLiteral("Failure %1").arg(i), {}});
    QCOMPARE(tasks->failedCount(), int(TaskModel::MaxFailures));
    QCOMPARE(tasks->index(TaskModel::MaxFailures - 1).data(TaskModel::MessageRole).toString(),
             QStringLiteral("Failure 19"));
    tasks->dismiss(0);
    QCOMPARE(tasks->failedCount(), TaskModel::MaxFailures - 1);
}

QTEST_MAIN(TestModels)
#include "tst_models.moc"
