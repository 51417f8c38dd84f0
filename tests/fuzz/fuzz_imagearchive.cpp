#include "core/image/archive/archivereader.h"

#include <algorithm>

using namespace boxgate;

// An archive is whatever somebody hands over. Names must be normalised, and no more may come out than was
// announced.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 0;
    const ByteSource source = [&](char *to, qint64 most) -> Result<qint64> {
        const size_t count = std::min({size_t(most), size - at, size_t(1000)});
        std::copy_n(data + at, count, to);
        at += count;
        return qint64(count);
    };
    ArchiveLimits limits;
    limits.bytes = 64 << 20;
    limits.entries = 1000;
    const auto reader = ArchiveReader::open(source, limits);
    if (!reader)
        return 0;
    for (int i = 0;; ++i) {
        const auto entry = (*reader)->next();
        if (!entry || !*entry)
            return 0;
        const QByteArray &name = (*entry)->name;
        if (name.isEmpty() || name != normalisedName(name) || name.startsWith('/')
            || ('/' + name + '/').contains("/../") || i >= limits.entries)
            abort();
        if (i % 3 == 2)
            continue; // skipped by the reader
        qint64 seen = 0;
        const auto content = (*reader)->content([&](const char *, qint64 count) -> Result<void> {
            seen += count;
            return {};
        });
        if (content && seen > std::max<qint64>((*entry)->size, 0))
            abort();
    }
}
