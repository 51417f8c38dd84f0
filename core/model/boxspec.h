#pragma once

#include "core/base/bytes.h"
#include "core/model/imageref.h"
#include "core/model/mount.h"
#include "core/model/networkspec.h"

#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace boxgate {

/// What a box is to be: the user's wish, stored by the store and read by its runner. Never runtime state.
struct BoxSpec
{
    QString name;
    ImageRef image;
    int cpus = 1;
    Bytes memory = Bytes::fromMebi(512);
    Bytes disk = Bytes::fromGibi(10); ///< sparse
    QStringList environment; ///< KEY=VALUE, on top of the image's
    QString user; ///< name or number with optional group; empty: the image's
    QString workingDirectory; ///< empty: the image's
    QStringList command; ///< of the main command; empty: the image's
    std::optional<QStringList>
        entrypoint; ///< in place of the image's; what it has is then left out, its command too
    bool isIdle = false; ///< no main command, whatever the image says: the box stays up
    bool tty = false; ///< the main command gets a terminal
    bool interactive = false; ///< the main command's standard input stays open
    bool autoRemove =
        false; ///< the box is removed when it ends; one that did not start stays, with its reason
    QList<Mount> mounts;
    NetworkSpec network;

    static constexpr Bytes MinMemory = Bytes::fromMebi(128);
    static constexpr Bytes MinDisk = Bytes::fromMebi(64);
    static constexpr Bytes MaxDisk = Bytes::fromGibi(16 * 1024);

    /// Checks every range and name.
    /// hostMemory   the host's physical memory, the upper bound of memory
    /// hostCpus     the upper bound of cpus
    /// Errors       InvalidArgument: the first thing that is wrong, with the range
    Result<void> check(Bytes hostMemory, int hostCpus) const;

    QJsonObject toJson() const;
    static Result<BoxSpec> fromJson(const QJsonObject &object);

    bool operator==(const BoxSpec &) const = default;
};

} // namespace boxgate
