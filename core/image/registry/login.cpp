#include "core/image/registry/login.h"

namespace boxgate {

Async<void> checkLogin(RegistryEndpoint endpoint, Credentials login, RegistryLimits limits)
{
    const auto cas = RegistrySession::loadCas(endpoint);
    BOXGATE_CO_TRY(cas);
    RegistrySession session(endpoint, {}, login, limits);
    const Result<RegistryAnswer> answer = co_await session.get({}, QStringLiteral("anything"), {}, 0);
    BOXGATE_CO_TRY(answer);
    if (answer->refusal && answer->refusal->code == ErrorCode::Denied) {
        co_return fail(
            ErrorCode::Denied,
            QStringLiteral("%1 does not accept this password of %2").arg(endpoint.registry, login.user));
    }
    if (answer->refusal)
        co_return fail(*answer->refusal);
    if (!session.hasProvedWho()) {
        co_return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("%1 asks nobody for a login: there is nothing to store").arg(endpoint.registry));
    }
    co_return {};
}

} // namespace boxgate
