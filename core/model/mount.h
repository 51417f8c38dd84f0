#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QString>

namespace boxgate {

/// A volume: a folder of the host inside the box. Read-only is enforced by the device on the host's side.
struct Mount
{
    QString hostPath; ///< absolute
    QString guestPath; ///< absolute
    bool readOnly = false;

    /// Reads "HOST:GUEST[:ro|rw]".
    /// Errors   InvalidArgument: a part is missing or not absolute
    static Result<Mount> parse(const QString &text);

    QString toString() const;
    QJsonObject toJson() const;
    static Result<Mount> fromJson(const QJsonObject &object);

    bool operator==(const Mount &) const = default;
};

} // namespace boxgate
