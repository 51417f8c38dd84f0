#pragma once

#include "core/model/netreport.h"

namespace boxgate::cli {

/// One event as one line for people, without a line feed: local time, what happened, to whom, why. Pure but
/// for the time zone.
QString eventText(const NetEvent &event);

/// Whether something did not pass: a blocked attempt, or a name that the policy did not resolve.
bool isBlocked(const NetEvent &event);

/// Which events to show.
struct EventRange
{
    quint64 after = 0; ///< a sequence number
    QDateTime since; ///< null: from the first that is kept

    /// Reads a number of an event, or a duration such as "10m" before now. Errors   InvalidArgument
    static Result<EventRange> parse(const QString &text, const QDateTime &now);

    bool contains(const NetEvent &event) const;
};

} // namespace boxgate::cli
