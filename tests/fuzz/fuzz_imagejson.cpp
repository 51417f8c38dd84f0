#include "core/image/imageconfig.h"
#include "core/image/manifest.h"

using namespace boxgate;

// Index, manifest and configuration of an image are whatever a registry sends. What is understood must
// survive being written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<ImageConfig> config = ImageConfig::parse(json);
    if (config) {
        const Result<ImageConfig> again = ImageConfig::parse(config->toJson());
        if (!again || *again != *config)
            abort();
    }
    const Result<ImageManifest> manifest = ImageManifest::parse(json);
    if (manifest) {
        const Result<ImageManifest> again = ImageManifest::parse(manifest->toJson());
        if (!again || again->layers.size() != manifest->layers.size())
            abort();
    }
    const Result<ImageIndex> index = ImageIndex::parse(json);
    if (index)
        (void)index->find(QStringLiteral("amd64"), {});
    return 0;
}
