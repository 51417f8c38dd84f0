#include "core/model/boxstate.h"

#include <QTest>

#include <map>

using namespace boxgate;

namespace {

constexpr int RunStates = int(RunState::Ended) + 1;
constexpr int Events = int(BoxEvent::StartFailed) + 1;

using enum BoxEvent;

/// The legal pairs, written a second time by hand: the table of the program must hold these and no others.
const std::map<std::pair<RunState, BoxEvent>, RunState> Legal{
    {{RunState::Preparing, Prepared}, RunState::Booting},
    {{RunState::Preparing, StopRequested}, RunState::Ended},
    {{RunState::Preparing, StartFailed}, RunState::Ended},
    {{RunState::Booting, AgentHello}, RunState::Configuring},
    {{RunState::Booting, StopRequested}, RunState::Stopping},
    {{RunState::Booting, StartFailed}, RunState::Stopping},
    {{RunState::Booting, GuestEnded}, RunState::Ended},
    {{RunState::Configuring, AgentReady}, RunState::Running},
    {{RunState::Configuring, StopRequested}, RunState::Stopping},
    {{RunState::Configuring, StartFailed}, RunState::Stopping},
    {{RunState::Configuring, GuestEnded}, RunState::Ended},
    {{RunState::Running, StopRequested}, RunState::Stopping},
    {{RunState::Running, MainCommandEnded}, RunState::Stopping},
    {{RunState::Running, GuestEnded}, RunState::Ended},
    {{RunState::Stopping, StopRequested}, RunState::Stopping},
    {{RunState::Stopping, MainCommandEnded}, RunState::Stopping},
    {{RunState::Stopping, GuestEnded}, RunState::Ended},
};

} // namespace

class TestBoxState : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyPair_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("event");
        for (int state = 0; state < RunStates; ++state) {
            for (int event = 0; event < Events; ++event) {
                const QString row = toString(RunState(state)) + " on " + toString(BoxEvent(event));
                QTest::newRow(qPrintable(row)) << state << event;
            }
        }
    }

    void everyPair()
    {
        QFETCH(int, state);
        QFETCH(int, event);
        const auto expected = Legal.find({RunState(state), BoxEvent(event)});
        const std::optional<RunState> result = next(RunState(state), BoxEvent(event));
        if (expected == Legal.end())
            QVERIFY(!result);
        else
            QVERIFY(result == expected->second);
    }

    void everyRunCanEnd()
    {
        // From each state some sequence of stop and the guest's end leads to Ended.
        for (int state = 0; state < RunStates; ++state) {
            RunState current = RunState(state);
            for (const BoxEvent event : {StopRequested, GuestEnded})
                current = next(current, event).value_or(current);
            QVERIFY2(current == RunState::Ended, qPrintable(toString(RunState(state))));
        }
    }

    void wordsRoundTrip()
    {
        for (int state = 0; state <= int(BoxState::Failed); ++state)
            QVERIFY(boxStateFromString(toString(BoxState(state))) == BoxState(state));
        QVERIFY(!boxStateFromString("paused"));
    }
};

QTEST_GUILESS_MAIN(TestBoxState)
#include "tst_boxstate.moc"
