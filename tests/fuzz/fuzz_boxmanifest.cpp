// The documents of an exported box: what is read is within its bounds, encodes and is read as the same again,
// and a box of it reaches nothing of the host.
#include "core/client/boxmanifest.h"

#include <cstdlib>

using namespace boxgate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<BoxManifest> manifest = BoxManifest::decode(bytes);
    if (manifest) {
        if (manifest->diskSize < BoxSpec::MinDisk || manifest->diskSize > BoxSpec::MaxDisk)
            std::abort();
        const Result<BoxManifest> again = BoxManifest::decode(manifest->encode());
        if (!again || again->spec != manifest->spec || again->image != manifest->image)
            std::abort();
        BoxSpec spec = manifest->spec;
        disarm(spec);
        if (!spec.mounts.isEmpty() || !spec.network.ports.isEmpty() || spec.network.exposesLoopback())
            std::abort();
    }
    const Result<ArchiveEnd> end = ArchiveEnd::decode(bytes);
    if (end && !ArchiveEnd::decode(end->encode()))
        std::abort();
    const Bytes disk = Bytes::fromGibi(1);
    if (const auto offset = chunkOffset(bytes, disk);
        offset && (*offset >= disk.count() || *offset % ChunkBytes != 0))
        std::abort();
    return 0;
}
