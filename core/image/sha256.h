#pragma once

#include "core/image/digest.h"

#include <memory>

struct evp_md_ctx_st;

namespace boxgate {

/// A SHA-256 in the making, by OpenSSL: Qt 6.4's own does not use the processor's instructions for it and is
/// eight times as slow. Thread: any, one at a time.
class Sha256
{
public:
    Sha256();
    ~Sha256();

    void add(const char *bytes, std::size_t size);

    /// The digest of all that was added. Ends the object's use.
    Digest finish();

private:
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st *)> m_context;
};

} // namespace boxgate
