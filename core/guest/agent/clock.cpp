#include "core/guest/agent/clock.h"

#include "core/guest/agent/descriptor.h"
#include "core/guest/protocol/hostmessages.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>

namespace boxgate::agent {

std::chrono::nanoseconds sinceBoot()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void setClock(std::chrono::nanoseconds unixTime)
{
    if (unixTime.count() <= 0)
        return;
    timespec now{};
    now.tv_sec = static_cast<time_t>(unixTime / std::chrono::seconds(1));
    now.tv_nsec = static_cast<long>((unixTime % std::chrono::seconds(1)).count());
    clock_settime(CLOCK_REALTIME, &now);
}

void addEntropy(guest::BytesView seed)
{
    if (seed.empty())
        return;
    // struct rand_pool_info: its buffer follows its two counts.
    struct
    {
        int entropyBits;
        int bytes;
        std::uint8_t buffer[guest::Configure::MaxSeedBytes];
    } pool{};
    const std::size_t size = std::min(seed.size(), sizeof pool.buffer);
    pool.entropyBits = static_cast<int>(8 * size);
    pool.bytes = static_cast<int>(size);
    std::memcpy(pool.buffer, seed.data(), size);
    const Descriptor random(open("/dev/urandom", O_WRONLY | O_CLOEXEC));
    if (random.isOpen() && ioctl(random.value(), RNDADDENTROPY, &pool) == 0)
        ioctl(random.value(), RNDRESEEDCRNG);
}

} // namespace boxgate::agent
