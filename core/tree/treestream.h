#pragma once

#include "core/tree/treeitem.h"

#include <atomic>

namespace boxgate::tree {

/// Set by another thread or a signal handler: blocking work ends soon, with CancelledProblem.
using CancelFlag = std::atomic<bool>;

inline constexpr const char *CancelledProblem = "cancelled";

/// "PATH: what errno says"
Problem systemProblem(const std::string &path);

/// Writes items to a descriptor, blocking, in pieces of some 64 KiB. SIGPIPE is the caller's to ignore.
class ItemWriter
{
public:
    ItemWriter(int fd, const CancelFlag &cancelled);

    Problem write(const Item &item);
    Problem flush();

private:
    int m_fd;
    const CancelFlag &m_cancelled;
    Bytes m_buffer;
};

/// Reads items from a descriptor, blocking, and checks their grammar: what it gives is a tree so far.
class ItemReader
{
public:
    ItemReader(int fd, const CancelFlag &cancelled);

    /// item   its content is valid until the next call
    Problem next(Item &item);
    bool isComplete() const { return m_grammar.isComplete(); }

private:
    Problem fill(std::size_t wanted);

    int m_fd;
    const CancelFlag &m_cancelled;
    TreeGrammar m_grammar;
    Bytes m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
};

} // namespace boxgate::tree
