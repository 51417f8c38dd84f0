#pragma once

#include "core/base/result.h"
#include "core/model/boxstate.h"

#include <QDateTime>
#include <QJsonObject>

namespace boxgate {

/// How a run ended: written by the runner into the box's directory, atomically, before it drops the lock.
struct ExitRecord
{
    enum class Kind
    {
        MainCommand, ///< the main command ended by itself: exitCode or signal
        Requested, ///< stop or kill was asked for
        GuestPowerOff, ///< the guest powered itself off
        Crashed, ///< the guest panicked, QEMU or the runner died
        StartFailed ///< it never became Ready: stage and message
    };

    Kind kind = Kind::Requested;
    int exitCode = 0; ///< as a shell shows it: 0..255, 128 + signal
    StartStage stage = StartStage::Ready; ///< with StartFailed: what was being waited for
    QString message; ///< one sentence; empty when there is nothing to explain
    QString consoleTail; ///< the last lines of the guest's console, for failures; at most 4 KiB
    QDateTime startedAt; ///< UTC
    QDateTime endedAt; ///< UTC; null: see unfinished()

    /// What a runner writes as soon as it holds the box's lock. It becomes the truth by itself when the
    /// runner dies before it can write a better one: Crashed, with a sentence, and no time of the end. While
    /// the lock is held, nobody reads it.
    static ExitRecord unfinished(const QDateTime &startedAt);
    bool isUnfinished() const { return !endedAt.isValid(); }

    bool isFailure() const { return kind == Kind::Crashed || kind == Kind::StartFailed; }

    QJsonObject toJson() const;
    static Result<ExitRecord> fromJson(const QJsonObject &object);

    bool operator==(const ExitRecord &) const = default;
};

} // namespace boxgate
