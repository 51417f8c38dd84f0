#include "core/image/registry/authchallenge.h"

using namespace boxgate;

// A WWW-Authenticate header is whatever a server sends. Bounds hold, and names are in lower case.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray header(reinterpret_cast<const char *>(data), qsizetype(size));
    const QList<AuthChallenge> challenges = parseAuthChallenges(header);
    if (challenges.size() > AuthChallenge::MaxChallenges)
        abort();
    for (const AuthChallenge &challenge : challenges) {
        if (challenge.scheme.isEmpty() || challenge.scheme != challenge.scheme.toLower()
            || challenge.parameters.size() > AuthChallenge::MaxParameters)
            abort();
    }
    return 0;
}
