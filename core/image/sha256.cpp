#include "core/image/sha256.h"

#include <openssl/evp.h>

namespace boxgate {

// SHA-256 is in OpenSSL's default provider: what can fail here is an allocation, and that ends the process
// anyway.

void Sha256::Free::operator()(evp_md_ctx_st *context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256()
    : m_context(EVP_MD_CTX_new())
{
    reset();
}

void Sha256::reset()
{
    if (EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) != 1)
        qFatal("OpenSSL has no SHA-256");
}

void Sha256::addData(QByteArrayView bytes)
{
    EVP_DigestUpdate(m_context.get(), bytes.data(), size_t(bytes.size()));
}

QByteArray Sha256::result() const
{
    const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
    QByteArray hash(EVP_MD_size(EVP_sha256()), '\0');
    EVP_MD_CTX_copy_ex(copy.get(), m_context.get());
    EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char *>(hash.data()), nullptr);
    return hash;
}

} // namespace boxgate
