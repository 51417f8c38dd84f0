#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace boxgate::guest {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// Appends little-endian fields to a byte vector.
class ByteWriter
{
public:
    void u8(std::uint8_t value) { m_bytes.push_back(value); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void i64(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
    void flag(bool value) { u8(value ? 1 : 0); }
    void raw(BytesView bytes) { m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end()); }
    void bytes(BytesView bytes);
    void string(std::string_view text);
    void strings(const std::vector<std::string> &list);

    Bytes take() { return std::move(m_bytes); }

private:
    void number(std::uint64_t value, int width);

    Bytes m_bytes;
};

/// Reads little-endian fields from a span that it does not own. The first field that does not fit makes ok()
/// false for good, and every later read returns zero or empty; so a decoder reads all of its fields and asks
/// complete() once.
class ByteReader
{
public:
    explicit ByteReader(BytesView bytes)
        : m_bytes(bytes)
    { }

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
    /// Anything but 0 and 1 is malformed.
    bool flag();
    BytesView raw(std::size_t count);
    BytesView rest() { return raw(m_bytes.size()); }
    BytesView bytes() { return raw(u32()); }
    std::string string();
    std::vector<std::string> strings();

    /// Reads a list's count and checks it against the bytes that are left.
    /// minimumBytes  the least that one element takes, at least 1
    /// Returns       the count; 0 with ok() false when so many elements cannot follow
    std::size_t count(std::size_t minimumBytes);

    /// Marks the input as malformed, for values that are out of their range.
    void fail() { m_ok = false; }
    bool ok() const { return m_ok; }
    /// Every field was there and nothing is left over.
    bool complete() const { return m_ok && m_bytes.empty(); }

private:
    std::uint64_t number(std::size_t width);

    BytesView m_bytes;
    bool m_ok = true;
};

} // namespace boxgate::guest
