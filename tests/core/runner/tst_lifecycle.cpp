#include "core/runner/lifecycle.h"

#include <QSignalSpy>
#include <QTest>

#include <array>

using namespace boxgate;

namespace {

constexpr std::array States{RunState::Preparing, RunState::Booting,  RunState::Configuring,
                            RunState::Running,   RunState::Stopping, RunState::Ended};
constexpr std::array Events{BoxEvent::Prepared,      BoxEvent::AgentHello,       BoxEvent::AgentReady,
                            BoxEvent::StopRequested, BoxEvent::MainCommandEnded, BoxEvent::GuestEnded,
                            BoxEvent::StartFailed};

/// The way from the beginning to a state.
QList<BoxEvent> wayTo(RunState state)
{
    QList<BoxEvent> way{BoxEvent::Prepared, BoxEvent::AgentHello, BoxEvent::AgentReady,
                        BoxEvent::StopRequested, BoxEvent::GuestEnded};
    return way.first(int(state));
}

} // namespace

class TestLifecycle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyPair_data();
    void everyPair();
    void endIsFinal();
};

void TestLifecycle::everyPair_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("event");
    for (const RunState state : States) {
        for (const BoxEvent event : Events) {
            const QString name = toString(event) + QStringLiteral(" while ") + toString(state);
            QTest::newRow(qPrintable(name)) << int(state) << int(event);
        }
    }
}

void TestLifecycle::everyPair()
{
    QFETCH(int, state);
    QFETCH(int, event);
    const auto from = RunState(state);
    Lifecycle lifecycle(QStringLiteral("box"));
    for (const BoxEvent step : wayTo(from))
        QVERIFY(lifecycle.apply(step));
    QVERIFY(lifecycle.state() == from);

    int changes = 0;
    connect(&lifecycle, &Lifecycle::changed, this, [&](RunState before, RunState after) {
        ++changes;
        QVERIFY(before == from);
        QVERIFY(after == lifecycle.state());
    });
    const std::optional<RunState> to = next(from, BoxEvent(event));
    QCOMPARE(lifecycle.apply(BoxEvent(event)), to.has_value());
    QCOMPARE(changes, to ? 1 : 0);
    QVERIFY(lifecycle.state() == to.value_or(from));
}

void TestLifecycle::endIsFinal()
{
    for (const BoxEvent event : Events)
        QVERIFY(!next(RunState::Ended, event));
}

QTEST_GUILESS_MAIN(TestLifecycle)
#include "tst_lifecycle.moc"
