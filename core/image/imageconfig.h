#pragma once

#include "core/base/result.h"
#include "core/image/digest.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>

namespace boxgate {

/// What an image says about how it wants to be run.
/// Source   OCI image specification 1.1, config.md; fields that Boxgate does not use are ignored
struct ImageConfig
{
    QString architecture; ///< "amd64", "arm64"
    QString os; ///< "linux"
    QStringList entrypoint;
    QStringList command;
    QStringList environment; ///< KEY=VALUE
    QString workingDirectory;
    QString user; ///< as BoxSpec::user
    QString stopSignal; ///< "SIGTERM"; empty: the default
    QStringList exposedPorts; ///< "80/tcp", sorted
    QStringList volumes; ///< paths, sorted; in a box they are folders of its own disk like any other
    QMap<QString, QString> labels;
    QList<Digest> diffIds; ///< of the uncompressed layers, lowest first

    static constexpr qsizetype MaxJsonBytes = 4 << 20;

    /// Errors   Corrupt: above MaxJsonBytes, not JSON, or a field of the wrong type
    static Result<ImageConfig> parse(const QByteArray &json);

    /// The document an image holds. Reading it back yields this value.
    QByteArray toJson() const;

    bool operator==(const ImageConfig &) const = default;
};

} // namespace boxgate
