#pragma once

#include "core/base/result.h"
#include "core/model/boxspec.h"

#include <QDateTime>
#include <QList>

namespace boxgate {

/// A state of a box's disk that was kept.
struct Snapshot
{
    QString name; ///< by the rules of a box's name; unique within the box
    QString layer; ///< the file in the box's directory
    QDateTime createdAt; ///< UTC
    BoxSpec spec; ///< of the box at that time

    QJsonObject toJson() const;
    static Result<Snapshot> fromJson(const QJsonObject &object);
    bool operator==(const Snapshot &) const = default;
};

inline constexpr int MaxSnapshots = 32;

/// The snapshots of a box, oldest first. A missing file is an empty list.
/// Errors   Corrupt; Denied, Io
Result<QList<Snapshot>> readSnapshots(const QString &file);
/// Replaces the file at once.
/// Errors   DiskFull, Denied, Io
Result<void> writeSnapshots(const QString &file, const QList<Snapshot> &snapshots);

} // namespace boxgate
