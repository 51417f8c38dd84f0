#include "core/model/boxstate.h"

#include <array>

namespace boxgate {

namespace {

struct Transition
{
    RunState from;
    BoxEvent event;
    RunState to;
};

using enum BoxEvent;

constexpr std::array Transitions{
    Transition{RunState::Preparing, Prepared, RunState::Booting},
    Transition{RunState::Preparing, StopRequested, RunState::Ended},
    Transition{RunState::Preparing, StartFailed, RunState::Ended},

    Transition{RunState::Booting, AgentHello, RunState::Configuring},
    Transition{RunState::Booting, StopRequested, RunState::Stopping},
    Transition{RunState::Booting, StartFailed, RunState::Stopping},
    Transition{RunState::Booting, GuestEnded, RunState::Ended},

    Transition{RunState::Configuring, AgentReady, RunState::Running},
    Transition{RunState::Configuring, StopRequested, RunState::Stopping},
    Transition{RunState::Configuring, StartFailed, RunState::Stopping},
    Transition{RunState::Configuring, GuestEnded, RunState::Ended},

    Transition{RunState::Running, StopRequested, RunState::Stopping},
    Transition{RunState::Running, MainCommandEnded, RunState::Stopping},
    Transition{RunState::Running, GuestEnded, RunState::Ended},

    // A second, more urgent request shortens the deadline; the state stays.
    Transition{RunState::Stopping, StopRequested, RunState::Stopping},
    Transition{RunState::Stopping, MainCommandEnded, RunState::Stopping},
    Transition{RunState::Stopping, GuestEnded, RunState::Ended},
};

struct StateName
{
    BoxState state;
    const char *name;
};

constexpr std::array StateNames{
    StateName{BoxState::Created, "created"}, StateName{BoxState::Starting, "starting"},
    StateName{BoxState::Running, "running"}, StateName{BoxState::Stopping, "stopping"},
    StateName{BoxState::Stopped, "stopped"}, StateName{BoxState::Failed, "failed"},
};

constexpr std::array StageNames{"preparing", "booting", "configuring", "ready"};
constexpr std::array RunStateNames{"preparing", "booting", "configuring", "running", "stopping", "ended"};
constexpr std::array EventNames{"prepared",           "agent-hello", "agent-ready", "stop-requested",
                                "main-command-ended", "guest-ended", "start-failed"};

} // namespace

std::optional<RunState> next(RunState state, BoxEvent event)
{
    for (const Transition &transition : Transitions) {
        if (transition.from == state && transition.event == event)
            return transition.to;
    }
    return std::nullopt;
}

QString toString(BoxState state)
{
    for (const StateName &entry : StateNames) {
        if (entry.state == state)
            return QString::fromLatin1(entry.name);
    }
    return {};
}

std::optional<BoxState> boxStateFromString(const QString &text)
{
    for (const StateName &entry : StateNames) {
        if (text == QLatin1String(entry.name))
            return entry.state;
    }
    return std::nullopt;
}

QString toString(StartStage stage) { return QString::fromLatin1(StageNames[std::size_t(stage)]); }
QString toString(RunState state) { return QString::fromLatin1(RunStateNames[std::size_t(state)]); }
QString toString(BoxEvent event) { return QString::fromLatin1(EventNames[std::size_t(event)]); }

BoxState boxStateOf(RunState state)
{
    switch (state) {
    case RunState::Preparing:
    case RunState::Booting:
    case RunState::Configuring:
        return BoxState::Starting;
    case RunState::Running:
        return BoxState::Running;
    case RunState::Stopping:
    case RunState::Ended:
        break;
    }
    return BoxState::Stopping;
}

StartStage startStageOf(RunState state)
{
    switch (state) {
    case RunState::Preparing:
        return StartStage::Preparing;
    case RunState::Booting:
        return StartStage::Booting;
    case RunState::Configuring:
        return StartStage::Configuring;
    default:
        return StartStage::Ready;
    }
}

} // namespace boxgate
