#pragma once

#include "core/tree/descriptor.h"

namespace boxgate::agent {

using tree::Descriptor;

} // namespace boxgate::agent
