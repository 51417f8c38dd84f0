#pragma once

#include "core/base/error.h"
#include "core/control/controlmessages.h"
#include "core/machine/qemuprocess.h"
#include "core/model/exitrecord.h"

#include <optional>

namespace boxgate {

/// Everything that is known about how a run came to its end.
struct RunEnd
{
    struct StartFailure
    {
        StartStage stage = StartStage::Preparing;
        Error error;
    };

    std::optional<StartFailure> startFailure;
    bool stopRequested =
        false; ///< stop, kill or a signal to the runner, before the box began to end by itself
    bool mainEndedFirst = false; ///< the main command ended before anybody asked the box to stop
    bool guestPowersOff = false; ///< the guest said that it powers itself off
    std::optional<int> mainStatus; ///< the main command's exit status, 0..255
    QString mainFailure; ///< the main command could not be started: the sentence
    std::optional<QemuExit> qemu; ///< none: it was never started
    QString consoleTail; ///< hostile
    std::optional<Error> channelError; ///< the guest broke the agent's protocol
};

/// Decides what the run's record says. Pure; the times are left to the caller.
ExitRecord concludeRun(const RunEnd &end);

/// A console's tail as text that can be shown: no control characters but line ends, at most 4 KiB.
QString printableTail(const QByteArray &console);

} // namespace boxgate
