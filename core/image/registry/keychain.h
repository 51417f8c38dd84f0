#pragma once

#include "core/base/taskscope.h"
#include "core/image/registry/credentials.h"

#include <optional>

namespace boxgate {

/// The system's keychain, by QtKeychain. Each call ends in bounded time: a keychain that does not answer
/// counts as none. Thread: the main thread.
class Keychain
{
public:
    /// Whether there can be one: a session with a message bus, unless BOXGATE_KEYCHAIN=off.
    static bool isPresent();

    /// Errors   NotFound: it holds no such login; Unavailable, Timeout: it does not work
    static Async<Credentials> read(QString registry);
    /// Errors   Unavailable, Denied, Timeout
    static Async<void> write(QString registry, Credentials login);
    /// Errors   NotFound, Unavailable, Timeout
    static Async<void> remove(QString registry);
};

} // namespace boxgate
