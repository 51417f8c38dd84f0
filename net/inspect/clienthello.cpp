#include "net/inspect/clienthello.h"

#include "net/inspect/hostname.h"
#include "net/wire/byteorder.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace boxgate::net {

namespace {

using State = ClientHelloReader::State;
using Bytes = std::span<const uint8_t>;

// records: RFC 8446 5.1
constexpr size_t RecordHeader = 5;
constexpr size_t MaxFragment = 16 * 1024;
constexpr uint8_t FirstContentType = 20; ///< change_cipher_spec
constexpr uint8_t Alert = 21;
constexpr uint8_t Handshake = 22;
constexpr uint8_t LastContentType = 24; ///< heartbeat
constexpr uint8_t Major = 3; ///< of every version from SSL 3 on

// handshake messages: RFC 8446 4
constexpr size_t MessageHeader = 4;
constexpr uint8_t ClientHelloType = 1;
constexpr size_t RandomSize = 32;
constexpr size_t LongestSessionId = 32;

constexpr uint16_t ServerNameExtension = 0;
constexpr uint16_t EncryptedHelloExtension = 0xfe0d;
constexpr uint8_t HostNameType = 0;

/// Walks over a structure. Every read is bounds-checked; after a failure all reads give nothing.
class Cursor
{
public:
    explicit Cursor(Bytes bytes)
        : m_left(bytes)
    { }

    bool isGood() const { return m_good; }
    bool isAtEnd() const { return m_left.empty(); }

    Bytes take(size_t count)
    {
        m_good = m_good && count <= m_left.size();
        if (!m_good)
            return {};
        const Bytes taken = m_left.first(count);
        m_left = m_left.subspan(count);
        return taken;
    }
    uint8_t u8()
    {
        const Bytes taken = take(1);
        return taken.empty() ? uint8_t(0) : taken[0];
    }
    uint16_t u16()
    {
        const Bytes taken = take(2);
        return taken.empty() ? uint16_t(0) : loadBe16(taken.data());
    }
    /// A vector<..2^8-1> and a vector<..2^16-1>: their contents.
    Bytes vector8() { return take(u8()); }
    Bytes vector16() { return take(u16()); }

private:
    Bytes m_left;
    bool m_good = true;
};

/// The name of a server_name extension; nullopt when it is malformed. RFC 6066 gives other types of names no
/// format of their own, so what follows one cannot be found: exactly one host name is all that OpenSSL takes
/// too.
std::optional<std::string> readServerNames(Bytes extension)
{
    Cursor outer(extension);
    Cursor list(outer.vector16());
    const uint8_t type = list.u8();
    const Bytes name = list.vector16();
    if (!outer.isGood() || !outer.isAtEnd() || !list.isGood() || !list.isAtEnd() || type != HostNameType)
        return std::nullopt;
    return readHostName({reinterpret_cast<const char *>(name.data()), name.size()});
}

bool readExtensions(Bytes extensions, ClientHello &hello)
{
    bool hasServerName = false;
    for (Cursor cursor(extensions); !cursor.isAtEnd();) {
        const uint16_t type = cursor.u16();
        const Bytes content = cursor.vector16();
        if (!cursor.isGood())
            return false;
        if (type == ServerNameExtension) {
            auto name = readServerNames(content);
            if (!name || hasServerName)
                return false;
            hello.serverName = std::move(*name);
            hasServerName = true;
        } else if (type == EncryptedHelloExtension) {
            if (hello.hasEncryptedHello)
                return false;
            hello.hasEncryptedHello = true;
        }
    }
    return true;
}

/// Reads the message without its header. RFC 8446 4.1.2
bool readHello(Bytes message, ClientHello &hello)
{
    Cursor cursor(message);
    const Bytes version = cursor.take(2);
    cursor.take(RandomSize);
    const Bytes sessionId = cursor.vector8();
    const Bytes suites = cursor.vector16();
    const Bytes compressions = cursor.vector8();
    if (!cursor.isGood() || version[0] != Major || sessionId.size() > LongestSessionId || suites.empty()
        || suites.size() % 2 != 0 || compressions.empty())
        return false;
    if (cursor.isAtEnd())
        return true; // before TLS 1.3 a hello needs no extensions: RFC 5246 7.4.1.2
    const Bytes extensions = cursor.vector16();
    return cursor.isGood() && cursor.isAtEnd() && readExtensions(extensions, hello);
}

/// Puts the fragments of a message that ends with a record together.
std::vector<uint8_t> joined(Bytes records, size_t size)
{
    std::vector<uint8_t> message;
    message.reserve(size);
    for (Cursor cursor(records); message.size() < size && cursor.isGood();) {
        cursor.take(RecordHeader - 2);
        const Bytes fragment = cursor.vector16();
        message.insert(message.end(), fragment.begin(), fragment.end());
    }
    return message;
}

/// SSL 2: a length with its highest bit set, then the type and the version of the hello. RFC 5246 E.2; the
/// bounds are those within which OpenSSL takes one.
State beginSsl2(Bytes stream)
{
    constexpr uint16_t LowestSize = 9;
    constexpr uint8_t HighestFirst = 0xc1; // 16,895 bytes at most
    if (stream[0] > HighestFirst)
        return State::NotTls;
    if (stream.size() < 2)
        return State::NeedMore;
    if ((loadBe16(stream.data()) & 0x7fff) < LowestSize)
        return State::NotTls;
    if (stream.size() < 3)
        return State::NeedMore;
    if (stream[2] != ClientHelloType)
        return State::NotTls;
    if (stream.size() < 5)
        return State::NeedMore;
    return stream[3] == Major || loadBe16(stream.data() + 3) == 0x0002 ? State::Malformed : State::NotTls;
}

/// Whether the stream begins like TLS; then it is Hello, which is yet to be read.
State begin(Bytes stream)
{
    if (stream.empty())
        return State::NeedMore;
    const uint8_t type = stream[0];
    if (type & 0x80)
        return beginSsl2(stream);
    if (type < FirstContentType || type > LastContentType)
        return State::NotTls;
    if (stream.size() < 2)
        return State::NeedMore;
    if (stream[1] == Major)
        return State::Hello;
    // Go takes alerts and hellos up to version 15.255
    if ((type != Alert && type != Handshake) || stream[1] > 15)
        return State::NotTls;
    if (stream.size() <= RecordHeader)
        return State::NeedMore;
    const bool isTls =
        type == Alert ? loadBe16(stream.data() + 3) == 2 : stream[RecordHeader] == ClientHelloType;
    return isTls ? State::Malformed : State::NotTls;
}

} // namespace

State ClientHelloReader::read(Bytes stream)
{
    if (m_state != State::NeedMore)
        return m_state;
    m_state = begin(stream);
    if (m_state == State::Hello)
        m_state = readRecords(stream);
    return m_state;
}

State ClientHelloReader::readRecords(Bytes stream)
{
    while (stream.size() - m_record >= RecordHeader) {
        const Bytes record = stream.subspan(m_record);
        const size_t size = loadBe16(record.data() + 3);
        if (record[0] != Handshake || record[1] != Major || size == 0 || size > MaxFragment)
            return State::Malformed;
        const Bytes fragment = record.subspan(RecordHeader, std::min(size, record.size() - RecordHeader));
        if (!takeHeader(fragment, size))
            return State::Malformed;
        if (fragment.size() < size)
            return State::NeedMore;
        m_record += RecordHeader + size;
        m_collected += size;
        if (m_collected < MessageHeader
            || m_collected < MessageHeader + (loadBe32(m_header.data()) & 0xffffff))
            continue;
        const bool isWhole = fragment.size() == m_collected;
        const std::vector<uint8_t> pieces = isWhole ? std::vector<uint8_t>() : joined(stream, m_collected);
        const Bytes message = isWhole ? fragment : Bytes(pieces);
        return readHello(message.subspan(MessageHeader), m_hello) ? State::Hello : State::Malformed;
    }
    return State::NeedMore;
}

/// Takes what the fragment has of the message's header. False when this is not a hello that ends in this
/// record or in a later one.
bool ClientHelloReader::takeHeader(Bytes fragment, size_t recordSize)
{
    const size_t seen = m_collected + fragment.size();
    for (size_t i = m_collected; i < std::min(seen, MessageHeader); ++i)
        m_header[i] = fragment[i - m_collected];
    if (seen > 0 && m_header[0] != ClientHelloType)
        return false;
    if (seen < MessageHeader)
        return true;
    const size_t size = MessageHeader + (loadBe32(m_header.data()) & 0xffffff);
    return size <= MaxMessage && m_collected + recordSize <= size;
}

} // namespace boxgate::net
