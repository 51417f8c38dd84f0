#include "core/machine/hostcapabilities.h"

#include <unistd.h>

namespace boxgate {

Bytes hostMemory()
{
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long pageBytes = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && pageBytes > 0 ? Bytes(quint64(pages) * quint64(pageBytes)) : Bytes();
}

} // namespace boxgate
