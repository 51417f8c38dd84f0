#pragma once

#include "core/control/controlmessages.h"
#include "core/guest/protocol/agentmessages.h"
#include "core/image/imageconfig.h"
#include "core/model/boxspec.h"

/// What the agent is told, as pure functions of what the user and the image want.
namespace boxgate {

/// What commands run with unless they say otherwise: the image's wishes with the box's on top.
struct CommandDefaults
{
    QStringList environment; ///< KEY=VALUE, each key once
    QString user;
    QString workingDirectory;

    static CommandDefaults of(const ImageConfig &image, const BoxSpec &spec);
    bool operator==(const CommandDefaults &) const = default;
};

/// Later values replace earlier ones of the same key, in place.
QStringList mergeEnvironment(QStringList base, const QStringList &overlay);

/// hasInterface   the box has eth0
/// seed           random bytes for the guest's entropy pool
guest::Configure guestConfiguration(const BoxSpec &spec, bool hasInterface, std::chrono::nanoseconds unixTime,
                                    const QByteArray &seed);

guest::Exec execMessage(const ExecParams &params, const CommandDefaults &defaults);
guest::Copy copyMessage(const CopyParams &params);

/// The error of a command that could not be started, with ExecFailure's words as its detail.
Error execError(const guest::ExecFailed &failure, const QString &program);
/// The exit status that shells give such a command: 127 not found, else 126.
int execFailureStatus(const Error &error);

} // namespace boxgate
