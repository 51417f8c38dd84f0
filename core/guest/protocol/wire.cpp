#include "core/guest/protocol/wire.h"

namespace boxgate::guest {

void ByteWriter::number(std::uint64_t value, int width)
{
    for (int i = 0; i < width; ++i) {
        m_bytes.push_back(static_cast<std::uint8_t>(value & 0xff));
        value >>= 8;
    }
}

void ByteWriter::bytes(BytesView bytes)
{
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
}

void ByteWriter::string(std::string_view text)
{
    bytes(BytesView(reinterpret_cast<const std::uint8_t *>(text.data()), text.size()));
}

void ByteWriter::strings(const std::vector<std::string> &list)
{
    u32(static_cast<std::uint32_t>(list.size()));
    for (const std::string &text : list)
        string(text);
}

std::uint64_t ByteReader::number(std::size_t width)
{
    const BytesView field = raw(width);
    std::uint64_t value = 0;
    for (std::size_t i = field.size(); i > 0; --i)
        value = value << 8 | field[i - 1];
    return value;
}

bool ByteReader::flag()
{
    const std::uint8_t value = u8();
    if (value > 1)
        fail();
    return value == 1;
}

BytesView ByteReader::raw(std::size_t count)
{
    if (!m_ok || count > m_bytes.size()) {
        m_ok = false;
        return {};
    }
    const BytesView taken = m_bytes.first(count);
    m_bytes = m_bytes.subspan(count);
    return taken;
}

std::string ByteReader::string()
{
    const BytesView text = bytes();
    return std::string(reinterpret_cast<const char *>(text.data()), text.size());
}

std::vector<std::string> ByteReader::strings()
{
    const std::size_t size = count(4);
    std::vector<std::string> list;
    list.reserve(size);
    for (std::size_t i = 0; i < size && m_ok; ++i)
        list.push_back(string());
    return list;
}

std::size_t ByteReader::count(std::size_t minimumBytes)
{
    const std::size_t announced = u32();
    if (!m_ok || announced > m_bytes.size() / minimumBytes) {
        m_ok = false;
        return 0;
    }
    return announced;
}

} // namespace boxgate::guest
