#pragma once

#include "core/guest/protocol/wire.h"

#include <chrono>

namespace boxgate::agent {

std::chrono::nanoseconds sinceBoot();

/// Sets the wall clock. 0 and less leave it alone.
void setClock(std::chrono::nanoseconds unixTime);

/// Credits these bytes to the kernel's pool and has its generator take them up at once.
void addEntropy(guest::BytesView seed);

} // namespace boxgate::agent
