#pragma once

#include "core/model/boxsummary.h"

namespace boxgate::ui {

// How a box is put into words: pure functions shared by list, detail and dialogs.

/// "Running", "Starting: booting", "Stopped", "Failed".
QString stateText(const BoxSummary &box);

/// "just now", "5 min", "3 h 20 min", "4 d 2 h": at most two units and never seconds, so that it changes once
/// a minute.
QString durationText(std::chrono::seconds duration);

/// How long it has been running at now; empty when it has no runner.
QString uptimeText(const BoxSummary &box, const QDateTime &now);

/// "Open", "Allow list 3", "Off", "Off until restart".
QString networkText(const BoxSummary &box);

/// "112 of 512 MiB"; only the size given to it when nothing is known of its use.
QString memoryText(const BoxSummary &box);

/// "Failed while booting" for a start that failed, "Ended unexpectedly" otherwise; empty for a run that ended
/// well.
QString failureTitle(const ExitRecord &record);

/// "Exit code 7, 5 min ago"; the reason first when there is one. Empty without a record.
QString lastExitText(const std::optional<ExitRecord> &record, const QDateTime &now);

/// Whether a box reaches the host's loopback at this moment.
bool exposesLoopbackNow(const BoxSummary &box);

} // namespace boxgate::ui
