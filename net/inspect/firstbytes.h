#pragma once

#include "net/inspect/clienthello.h"
#include "net/inspect/httphead.h"
#include "net/report.h"

#include <chrono>
#include <utility>
#include <vector>

namespace boxgate::net {

/// Collects the first bytes of a client until it is clear whom they name.
///
/// One per flow that a rule for a name let in; the caller keeps the bytes from the server until there is a
/// finding. Pure, bounded: it copies what came before a finding, at most MaxHeld, and nothing when the first
/// segment is enough. However the stream is cut, the finding is the same. Only the beginning is seen: what
/// follows in the same connection, in the encrypted part of TLS or in a second request, is not.
class FirstBytes
{
public:
    static constexpr size_t MaxHeld = 16 * 1024; ///< bytes
    /// From the first byte on, not from the beginning of the flow: a client that says nothing for a while has
    /// not shown yet that its protocol is another.
    static constexpr std::chrono::seconds MaxWait{5};

    enum class Finding
    {
        NeedMore,
        NotInspected, ///< neither TLS nor HTTP: the flow rests on its pin alone
        Named, ///< name() is to be judged
        NoName ///< TLS or HTTP that names no host, is malformed, or goes on beyond MaxHeld
    };

    /// Takes the next bytes of the stream. Once there is a finding it stays.
    Finding add(std::span<const uint8_t> bytes);

    /// What it comes to when nothing more is waited for: the client has finished, MaxWait is over, or the
    /// server has spoken first. Bytes that may still become TLS or HTTP have no name; a stream without any
    /// byte is not inspected.
    Finding finish() const;

    const std::string &name() const { return m_name; } ///< empty unless it is Named
    NameSource source() const { return m_source; } ///< Sni or Host when it is Named
    /// The name is that of a hello with another one encrypted inside, or with GREASE: see ClientHello.
    bool hasEncryptedHello() const { return m_source == NameSource::Sni && m_tls.hello().hasEncryptedHello; }

    size_t heldBytes() const { return m_held.capacity(); } ///< of memory, so that it can be bounded in all

private:
    Finding judge(std::span<const uint8_t> stream);
    Finding named(const std::string &name, NameSource source);
    void hold(std::span<const uint8_t> bytes);

    Finding m_finding = Finding::NeedMore;
    NameSource m_source = NameSource::None;
    std::string m_name;
    std::vector<uint8_t> m_held; ///< the stream so far; empty once there is a finding
    ClientHelloReader m_tls;
    HttpHeadReader m_http;
};

/// The host that the first segment of a client names, when its whole hello or head is in it; for flows that
/// are not held.
std::optional<std::pair<std::string, NameSource>> nameIn(std::span<const uint8_t> firstSegment);

} // namespace boxgate::net
