#pragma once

#include "app/cli/gate/recordedrules.h"

#include <QJsonObject>

#include <chrono>

namespace boxgate::cli {

/// How a recording ended.
enum class RecordEnd
{
    InTime,
    Interrupted, ///< by a signal
    ConnectionLost ///< the runner went away
};

/// What a recording found.
struct Recording
{
    RecordEnd end = RecordEnd::InTime;
    std::chrono::seconds lasted{0};
    QList<NetDestination> destinations; ///< used meanwhile
};

/// The rules as a file that `net rules --import` reads, with what each stands for as a comment. Pure.
QString recordText(const QString &boxName, const Recording &recording, const QList<RecordedRule> &rules);

/// The same as data.
QJsonObject recordJson(const QString &boxName, const Recording &recording, const QList<RecordedRule> &rules);

} // namespace boxgate::cli
