#pragma once

#include "core/base/paths.h"
#include "core/model/boxid.h"
#include "core/model/boxspec.h"

namespace boxgate {

/// Which box is run, and how: fixed for the whole run.
struct RunContext
{
    enum class MainStart
    {
        AtOnce, ///< as soon as the guest is ready
        AfterAttach ///< once a client is attached, or none can be expected any more
    };

    Paths paths;
    BoxId id;
    BoxSpec spec;
    MainStart mainStart = MainStart::AtOnce;
};

} // namespace boxgate
