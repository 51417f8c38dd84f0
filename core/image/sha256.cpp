#include "core/image/sha256.h"

#include <openssl/evp.h>

namespace boxgate {

Sha256::Sha256()
    : m_context(EVP_MD_CTX_new(), EVP_MD_CTX_free)
{
    if (!m_context || EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) != 1)
        qFatal("OpenSSL has no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::add(const char *bytes, std::size_t size) { EVP_DigestUpdate(m_context.get(), bytes, size); }

Digest Sha256::finish()
{
    QByteArray hash(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(m_context.get(), reinterpret_cast<unsigned char *>(hash.data()), &size);
    return Digest::fromHash(hash.left(qsizetype(size)));
}

} // namespace boxgate
