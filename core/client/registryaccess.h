#pragma once

#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/image/registry/credentialstore.h"
#include "core/image/registry/registrysettings.h"

#include <functional>

namespace boxgate {

/// What the user has to do with registries besides images: settings and logins.
///
/// Thread: the main thread. A value with no state besides the paths.
class RegistryAccess
{
public:
    explicit RegistryAccess(const Paths &paths)
        : m_paths(paths)
    { }

    /// Errors   RegistrySettings::load()'s
    Result<RegistrySettings> settings() const;

    /// Reads, edits, checks and writes the settings.
    /// Errors   those of edit; InvalidArgument: what RegistrySettings::check() refuses; Denied, DiskFull, Io
    Result<void> change(const std::function<Result<void>(RegistrySettings &)> &edit) const;

    /// Asks the registry, and stores the login if it is one.
    /// registry   as canonicalRegistry()
    /// Errors     checkLogin()'s, CredentialStore::put()'s
    Async<CredentialPlace> login(QString registry, Credentials login) const;

    /// Errors   NotFound: there is none
    Async<void> logout(QString registry) const;

private:
    Paths m_paths;
};

} // namespace boxgate
