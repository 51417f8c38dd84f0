#pragma once

#include "core/base/error.h"

#include <tl/expected.hpp>

namespace boxgate {

/// A value or the Error that stands in its way.
template <typename T> using Result = tl::expected<T, Error>;

/// Shorthand for the failing side: return fail(ErrorCode::NotFound, tr("..."));
inline tl::unexpected<Error> fail(ErrorCode code, const QString &message, const QString &detail = {})
{
    return tl::make_unexpected(Error{code, message, detail});
}

inline tl::unexpected<Error> fail(Error error) { return tl::make_unexpected(std::move(error)); }

} // namespace boxgate

/// Ends the function with the error of a Result<...> held by a variable. A statement, never an expression:
/// GCC 12 cannot compile co_await inside a statement expression, so name the result first.
#define BOXGATE_TRY(result)                                                                                  \
    do {                                                                                                     \
        if (!(result))                                                                                       \
            return ::boxgate::fail((result).error());                                                        \
    } while (false)

/// The same inside a coroutine.
#define BOXGATE_CO_TRY(result)                                                                               \
    do {                                                                                                     \
        if (!(result))                                                                                       \
            co_return ::boxgate::fail((result).error());                                                     \
    } while (false)
