#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace boxgate::net {

/// What a TLS client says in the clear before anything is encrypted.
struct ClientHello
{
    /// Lower case, no dot at the end. Empty: no server name, or an IPv4 address, which is not a name.
    std::string serverName;
    /// There is an encrypted hello inside, which can name another host (ECH, 0xfe0d). Browsers send one with
    /// random content in every hello (GREASE), and by design nobody on the way can tell which it is.
    bool hasEncryptedHello = false;
};

/// Reads the ClientHello at the beginning of a TCP stream, however it is cut into segments and records.
///
/// What some TLS server takes for the beginning of a handshake is never NotTls. Malformed is a stream that
/// begins like TLS without a well-formed hello: also a hello of SSL 2, which cannot carry a name (RFC 5246
/// E.2), alerts and other records before the hello, which OpenSSL and Go skip, and record versions other than
/// 3.x, which Go takes. And, although some servers are lenient: empty records, bytes that follow the hello in
/// its record, a hello above MaxMessage, a list of server names with anything but one host name, and that
/// extension or ECH twice.
///
/// Keeps no bytes: it is shown the stream from its beginning each time.
/// Source   RFC 8446 4.1.2 and 5.1, RFC 6066 3, draft-ietf-tls-esni 5
class ClientHelloReader
{
public:
    static constexpr size_t MaxMessage = 16 * 1024; ///< bytes of a hello with its header
    enum class State
    {
        NeedMore,
        NotTls, ///< cannot become TLS any more
        Hello,
        Malformed ///< TLS, or close enough to be taken for it, without a hello to rely on
    };

    /// Looks at what is new. Nothing changes any more once it is not NeedMore.
    /// stream   from offset 0; each call shows at least what the call before did
    State read(std::span<const uint8_t> stream);

    const ClientHello &hello() const { return m_hello; } ///< when it is Hello

private:
    State readRecords(std::span<const uint8_t> stream);
    bool takeHeader(std::span<const uint8_t> fragment, size_t recordSize);

    State m_state = State::NeedMore;
    size_t m_record = 0; ///< offset in the stream of the first record that was not whole
    size_t m_collected = 0; ///< bytes of the message in the records before that one
    std::array<uint8_t, 4> m_header{}; ///< of the message: type and length, as far as they came
    ClientHello m_hello;
};

} // namespace boxgate::net
