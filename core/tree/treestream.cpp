#include "core/tree/treestream.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace boxgate::tree {

namespace {

constexpr std::size_t FlushBytes = 64 * 1024;
constexpr std::size_t ReadBytes = 256 * 1024;
static_assert(ReadBytes >= 2 * (MaxItemBytes + ItemHeaderBytes));

} // namespace

Problem systemProblem(const std::string &path) { return path + ": " + std::strerror(errno); }

ItemWriter::ItemWriter(int fd, const CancelFlag &cancelled)
    : m_fd(fd)
    , m_cancelled(cancelled)
{ }

Problem ItemWriter::write(const Item &item)
{
    if (item.type == ItemType::Data) {
        const Bytes header = dataHeader(item.content.size());
        m_buffer.insert(m_buffer.end(), header.begin(), header.end());
        m_buffer.insert(m_buffer.end(), item.content.begin(), item.content.end());
    } else {
        const Bytes bytes = encodeItem(item);
        m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    }
    return m_buffer.size() >= FlushBytes ? flush() : Problem();
}

Problem ItemWriter::flush()
{
    std::size_t written = 0;
    while (written < m_buffer.size()) {
        if (m_cancelled)
            return CancelledProblem;
        const ssize_t count = ::write(m_fd, m_buffer.data() + written, m_buffer.size() - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return errno == EPIPE ? Problem(CancelledProblem) : systemProblem("the other side");
        written += static_cast<std::size_t>(count);
    }
    m_buffer.clear();
    return {};
}

ItemReader::ItemReader(int fd, const CancelFlag &cancelled)
    : m_fd(fd)
    , m_cancelled(cancelled)
    , m_buffer(ReadBytes)
{ }

/// Has at least `wanted` bytes in the buffer.
Problem ItemReader::fill(std::size_t wanted)
{
    if (m_begin + wanted > m_buffer.size()) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    while (m_end - m_begin < wanted) {
        if (m_cancelled)
            return CancelledProblem;
        const ssize_t count = read(m_fd, m_buffer.data() + m_end, m_buffer.size() - m_end);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemProblem("the other side");
        if (count == 0)
            return "the other side ended before everything had come";
        m_end += static_cast<std::size_t>(count);
    }
    return {};
}

Problem ItemReader::next(Item &item)
{
    const Problem malformed = "the other side sent something that is no tree of files";
    if (Problem problem = fill(ItemHeaderBytes); !problem.empty())
        return problem;
    const auto header = decodeItemHeader(BytesView(m_buffer.data() + m_begin, ItemHeaderBytes));
    if (!header)
        return malformed;
    m_begin += ItemHeaderBytes;
    if (Problem problem = fill(header->length); !problem.empty())
        return problem;
    std::optional<Item> decoded =
        decodeItem(header->type, BytesView(m_buffer.data() + m_begin, header->length));
    m_begin += header->length;
    if (!decoded || !m_grammar.accept(*decoded))
        return malformed;
    item = std::move(*decoded);
    return {};
}

} // namespace boxgate::tree
