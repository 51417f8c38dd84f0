#include "core/tree/treeitem.h"

namespace boxgate::tree {

namespace {

using guest::ByteReader;
using guest::ByteWriter;

constexpr std::uint32_t ModeMask = 07777;

bool isLink(ItemType type) { return type == ItemType::Symlink || type == ItemType::HardLink; }
bool isNode(ItemType type) { return type == ItemType::Folder || type == ItemType::File || isLink(type); }

/// One or more names with slashes between them.
bool isInnerPath(const std::string &path)
{
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (!isName(path.substr(begin, end - begin)))
            return false;
        begin = end + 1;
    }
    return true;
}

void writeAttributes(ByteWriter &out, const Attributes &attributes)
{
    out.u32(attributes.mode & ModeMask);
    out.u32(attributes.owner);
    out.u32(attributes.group);
    out.i64(attributes.modified);
}

Attributes readAttributes(ByteReader &in)
{
    Attributes attributes;
    attributes.mode = in.u32();
    attributes.owner = in.u32();
    attributes.group = in.u32();
    attributes.modified = in.i64();
    if ((attributes.mode & ~ModeMask) != 0)
        in.fail();
    return attributes;
}

Bytes payloadOf(const Item &item)
{
    ByteWriter out;
    if (isNode(item.type))
        out.string(item.name);
    if (isNode(item.type) && item.type != ItemType::HardLink)
        writeAttributes(out, item.attributes);
    if (item.type == ItemType::File || item.type == ItemType::Hole)
        out.u64(item.size);
    if (isLink(item.type))
        out.string(item.target);
    if (item.type == ItemType::Data)
        out.raw(item.content);
    if (item.type == ItemType::End) {
        out.u64(item.totals.files);
        out.u64(item.totals.bytes);
        out.u64(item.totals.leftOut);
    }
    return out.take();
}

Bytes headerOf(ItemType type, std::size_t length)
{
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(type));
    out.u32(static_cast<std::uint32_t>(length));
    return out.take();
}

bool isValid(const Item &item)
{
    switch (item.type) {
    case ItemType::Folder:
    case ItemType::File:
        return item.name.empty() || isName(item.name);
    case ItemType::Symlink:
        return (item.name.empty() || isName(item.name)) && !item.target.empty()
            && item.target.size() <= MaxTargetBytes && item.target.find('\0') == std::string::npos;
    case ItemType::HardLink:
        return isName(item.name) && item.target.size() <= MaxTargetBytes && isInnerPath(item.target);
    case ItemType::Data:
        return !item.content.empty();
    case ItemType::Hole:
        return item.size > 0 && item.size <= MaxFileBytes;
    default:
        return true;
    }
}

} // namespace

bool isName(const std::string &name)
{
    return !name.empty() && name.size() <= MaxNameBytes && name != "." && name != ".."
        && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

Bytes encodeItem(const Item &item)
{
    const Bytes payload = payloadOf(item);
    Bytes bytes = headerOf(item.type, payload.size());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

Bytes dataHeader(std::size_t bytes) { return headerOf(ItemType::Data, bytes); }

std::optional<ItemHeader> decodeItemHeader(BytesView bytes)
{
    ByteReader in(bytes);
    const std::uint8_t type = in.u8();
    const std::size_t length = in.u32();
    if (!in.complete() || type < static_cast<std::uint8_t>(ItemType::Folder)
        || type > static_cast<std::uint8_t>(ItemType::End) || length > MaxItemBytes)
        return std::nullopt;
    return ItemHeader{static_cast<ItemType>(type), length};
}

std::optional<Item> decodeItem(ItemType type, BytesView payload)
{
    ByteReader in(payload);
    Item item;
    item.type = type;
    if (isNode(type))
        item.name = in.string();
    if (isNode(type) && type != ItemType::HardLink)
        item.attributes = readAttributes(in);
    if (type == ItemType::File || type == ItemType::Hole)
        item.size = in.u64();
    if (isLink(type))
        item.target = in.string();
    if (type == ItemType::Data)
        item.content = in.rest();
    if (type == ItemType::End) {
        item.totals.files = in.u64();
        item.totals.bytes = in.u64();
        item.totals.leftOut = in.u64();
    }
    if (!in.complete() || !isValid(item))
        return std::nullopt;
    return item;
}

bool TreeGrammar::accept(const Item &item)
{
    switch (m_state) {
    case State::Root:
        return item.name.empty() && item.type != ItemType::HardLink && acceptNode(item);
    case State::InFolder:
        if (item.type == ItemType::Leave) {
            --m_depth;
            m_state = outside();
            return true;
        }
        return !item.name.empty() && acceptNode(item);
    case State::InFile:
        return acceptContent(item);
    case State::Closed:
        if (item.type != ItemType::End)
            return false;
        m_state = State::Complete;
        return true;
    case State::Complete:
        return false;
    }
    return false;
}

bool TreeGrammar::acceptNode(const Item &item)
{
    if (!isNode(item.type))
        return false;
    if (item.type == ItemType::Folder) {
        ++m_depth;
        m_state = State::InFolder;
        return m_depth <= MaxDepth;
    }
    m_fileBytes = 0;
    m_state = item.type == ItemType::File ? State::InFile : outside();
    return true;
}

bool TreeGrammar::acceptContent(const Item &item)
{
    if (item.type == ItemType::FileEnd) {
        m_state = outside();
        return true;
    }
    if (item.type != ItemType::Data && item.type != ItemType::Hole)
        return false;
    m_fileBytes += item.type == ItemType::Data ? item.content.size() : item.size;
    return m_fileBytes <= MaxFileBytes;
}

} // namespace boxgate::tree
