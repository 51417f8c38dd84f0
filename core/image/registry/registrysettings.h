#pragma once

#include "core/base/result.h"
#include "core/model/imageref.h"

#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QStringList>

namespace boxgate {

/// How a registry is spoken to.
enum class RegistryScheme
{
    Https,
    PlainHttp ///< chosen by the user: nothing on the way is secret
};

/// One host that holds images, and how to reach it.
struct RegistryEndpoint
{
    QString registry; ///< as in references, and as credentials are kept for it: "docker.io", "box:5000"
    QString host; ///< with an optional port: "registry-1.docker.io"
    RegistryScheme scheme = RegistryScheme::Https;
    QString caFile; ///< PEM, believed besides the system's; empty: none

    bool operator==(const RegistryEndpoint &) const = default;
};

/// What the user has said about registries: `registries.json` in the data directory.
///
///     {"search": ["docker.io", "box:5000"],
///      "registries": {"docker.io": {"mirrors": ["box:5000"]},
///                     "box:5000": {"plainHttp": true, "caFile": "/etc/ssl/box.pem"}}}
///
/// A mirror is asked before the registry; it is a registry itself, with settings of its own. A value.
struct RegistrySettings
{
    struct Registry
    {
        QStringList mirrors;
        RegistryScheme scheme = RegistryScheme::Https;
        QString caFile; ///< absolute

        bool operator==(const Registry &) const = default;
    };

    QStringList search; ///< where a name without a registry is looked for, in order; never empty once parsed
    QMap<QString, Registry> registries;

    static constexpr qsizetype MaxJsonBytes = 256 * 1024;
    static constexpr qsizetype MaxRegistries = 256;
    static constexpr qsizetype MaxMirrors = 8;
    static constexpr qsizetype MaxSearch = 8;

    RegistrySettings();

    /// Errors   InvalidArgument: the field that is wrong, by its name
    static Result<RegistrySettings> parse(const QByteArray &json);
    QByteArray toJson() const;

    /// Reads the file; the defaults when there is none.
    /// Errors   InvalidArgument: with the file's name; Denied, Io
    static Result<RegistrySettings> load(const QString &file);
    /// Errors   Denied, DiskFull, Io
    Result<void> save(const QString &file) const;

    /// Errors   InvalidArgument: too many, or a name that is no registry
    Result<void> check() const;

    /// Whom to ask for a registry's images, in order: its mirrors, then itself.
    QList<RegistryEndpoint> endpoints(const QString &registry) const;
    /// The registry itself.
    RegistryEndpoint endpoint(const QString &registry) const;

    /// What a name that a user typed may stand for, in the order to try.
    /// Errors   InvalidArgument: it is no image's name
    Result<QList<ImageRef>> candidates(const QString &text) const;

    bool operator==(const RegistrySettings &) const = default;
};

} // namespace boxgate
