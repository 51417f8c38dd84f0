#pragma once

#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/image/registry/dockerconfig.h"

namespace boxgate {

/// Where a login was put.
enum class CredentialPlace
{
    Keychain, ///< of the desktop session
    File ///< `credentials.json` in the data directory, 0600: readable by every program of the user
};

/// The logins of the user: Boxgate's own, in the system's keychain or in a file where there is none, and
/// Docker's, which are read only.
///
/// Thread: the main thread. A value with no state besides the paths.
class CredentialStore
{
public:
    explicit CredentialStore(const Paths &paths);

    /// The login for a registry: from the keychain, the file, Docker's helper for it, Docker's config.json,
    /// in this order. nullopt: there is none, or none that can be read; then an anonymous request is what is
    /// left.
    Async<std::optional<Credentials>> find(QString registry) const;

    /// Errors   Denied, DiskFull, Io: there is no keychain, and the file cannot be written
    Async<CredentialPlace> put(QString registry, Credentials login) const;

    /// Forgets Boxgate's own login. Docker's stays.
    /// Errors   NotFound: there is none; Denied, DiskFull, Io
    Async<void> remove(QString registry) const;

private:
    Result<DockerConfig> readOwnFile() const;
    Result<void> writeOwnFile(const DockerConfig &logins) const;

    const QString m_file;
    const QString m_dockerConfig;
};

} // namespace boxgate
