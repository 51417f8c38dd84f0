#include "core/image/registry/dockerconfig.h"
#include "core/image/registry/manifestkind.h"
#include "core/image/registry/registryanswers.h"
#include "core/image/registry/registrysettings.h"
#include "core/image/registry/retrypolicy.h"

using namespace boxgate;

// Answers of registries, token servers and credential helpers, and files that users write. What is understood
// must survive being written; what is put into headers and sentences must be fit for them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<RegistrySettings> settings = RegistrySettings::parse(json);
    if (settings) {
        const Result<RegistrySettings> again = RegistrySettings::parse(settings->toJson());
        if (!again || *again != *settings)
            abort();
    }
    const Result<DockerConfig> config = DockerConfig::parse(json);
    if (config) {
        const Result<DockerConfig> again = DockerConfig::parse(config->toJson());
        if (!again || again->logins.keys() != config->logins.keys())
            abort();
        if (config->store.contains(u'/'))
            abort();
    }
    (void)parseHelperAnswer(json);
    const Result<RegistryToken> token = RegistryToken::parse(json);
    if (token && (token->token.isEmpty() || token->token.contains('\n') || token->token.contains('\r')))
        abort();
    const QString text = registryErrorText(json);
    if (text.size() > 200 || text.contains(u'\n') || text.contains(u'\x1b'))
        abort();
    (void)manifestKind(json, json.left(100));
    (void)parseRetryAfter(json, QDateTime::fromSecsSinceEpoch(0, Qt::UTC));
    const Result<ImageIndex> index = ImageIndex::parse(json);
    if (index)
        (void)platformList(*index);
    return 0;
}
