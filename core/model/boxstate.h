#pragma once

#include <QString>

#include <optional>

namespace boxgate {

/// The state of a box as everybody sees it. Only a live runner can say Starting, Running or Stopping; without
/// a runner the state follows from the last-exit record alone. Never stored.
enum class BoxState
{
    Created, ///< never started; no runner, no exit record
    Starting, ///< the runner is alive; the guest does not take commands yet; ends in Running, Stopping or
              ///< Failed
    Running, ///< the agent takes commands; ends in Stopping, Stopped or Failed
    Stopping, ///< the guest is asked to end, or is being ended; ends in Stopped
    Stopped, ///< no runner; the last run ended as asked or by its own main command
    Failed ///< no runner; the last run ended in a way nobody asked for; the exit record says at which stage
           ///< and why
};

/// The stages of a start, in their order, each named by what it waits for.
enum class StartStage
{
    Preparing, ///< image, root disk, overlay
    Booting, ///< QEMU runs; waiting for the agent's hello
    Configuring, ///< the agent mounts the root and sets the network up
    Ready ///< commands are taken
};

/// What can happen to a box that has a runner.
enum class BoxEvent
{
    Prepared, ///< disk and arguments are there
    AgentHello, ///< the agent spoke for the first time
    AgentReady, ///< the agent configured the guest
    StopRequested, ///< stop, kill or a signal to the runner
    MainCommandEnded, ///< the box's main command ended
    GuestEnded, ///< QEMU exited
    StartFailed ///< anything before Ready went wrong
};

/// The state within a run: BoxState and StartStage seen from the runner.
enum class RunState
{
    Preparing,
    Booting,
    Configuring,
    Running,
    Stopping, ///< the guest powers off; waiting for QEMU to exit, or for the deadline
    Ended ///< QEMU is gone and the exit record is written; final
};

/// The one table of transitions. nullopt: the event is illegal in that state and must be ignored and logged.
std::optional<RunState> next(RunState state, BoxEvent event);

QString toString(BoxState state);
/// The reverse; nullopt for an unknown word.
std::optional<BoxState> boxStateFromString(const QString &text);
QString toString(StartStage stage);
QString toString(RunState state);
QString toString(BoxEvent event);
BoxState boxStateOf(RunState state);
StartStage startStageOf(RunState state);

} // namespace boxgate
