#include "core/client/registryaccess.h"

#include "core/image/registry/login.h"

namespace boxgate {

Result<RegistrySettings> RegistryAccess::settings() const
{
    return RegistrySettings::load(m_paths.registries());
}

Result<void> RegistryAccess::change(const std::function<Result<void>(RegistrySettings &)> &edit) const
{
    Result<RegistrySettings> current = settings();
    BOXGATE_TRY(current);
    const Result<void> edited = edit(*current);
    BOXGATE_TRY(edited);
    const Result<void> checked = current->check();
    BOXGATE_TRY(checked);
    return current->save(m_paths.registries());
}

Async<CredentialPlace> RegistryAccess::login(QString registry, Credentials login) const
{
    const Result<RegistrySettings> current = settings();
    BOXGATE_CO_TRY(current);
    const RegistryEndpoint endpoint = current->endpoint(registry);
    const RegistryLimits limits;
    const Result<void> accepted = co_await checkLogin(endpoint, login, limits);
    BOXGATE_CO_TRY(accepted);
    const CredentialStore store(m_paths);
    const Result<CredentialPlace> place = co_await store.put(registry, login);
    co_return place;
}

Async<void> RegistryAccess::logout(QString registry) const
{
    const CredentialStore store(m_paths);
    const Result<void> removed = co_await store.remove(registry);
    co_return removed;
}

} // namespace boxgate
