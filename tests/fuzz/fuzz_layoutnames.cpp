#include "core/image/archive/dockermanifest.h"
#include "core/image/archive/layoutnames.h"
#include "core/image/imagehistory.h"
#include "core/image/store/diskbacking.h"
#include "core/image/store/storedimage.h"

using namespace boxgate;

// The documents of archives and of the store's own list. What is understood must survive being written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto docker = parseDockerManifest(bytes);
    if (docker) {
        const auto again = parseDockerManifest(toDockerManifest(*docker));
        if (!again || again->size() != docker->size())
            abort();
    }
    const auto stored = StoreIndex::parse(bytes);
    if (stored) {
        const auto again = StoreIndex::parse(StoreIndex::toJson(*stored));
        if (!again || again->size() != stored->size())
            abort();
    }
    for (const char *wished : {"", "app", "app:1"}) {
        const auto names = layoutNames(bytes, QStringLiteral("amd64"), QString::fromLatin1(wished));
        for (const LayoutName &name : names.value_or(QList<LayoutName>())) {
            if (!ImageRef::parse(fullName(name.ref)))
                abort();
        }
    }
    (void)imageHistory(bytes, {});
    const auto backing = qcow2BackingFile(bytes);
    if (backing && (backing->isEmpty() || backing->size() > 1023))
        abort();
    return 0;
}
