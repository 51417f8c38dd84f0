#pragma once

#include "core/base/result.h"

#include <utility>

namespace boxgate::cli {

enum class StandardStream
{
    Input = 0,
    Output = 1,
    Error = 2
};

struct TerminalSize
{
    quint16 rows = 24;
    quint16 columns = 80;

    bool operator==(const TerminalSize &) const = default;
};

bool isTerminal(StandardStream stream);

/// Of the first standard stream that is a terminal; 24 x 80 when none is.
TerminalSize terminalSize();

/// How wide a table on standard output may be: a terminal's columns; without one 0, no limit, so that what
/// reads it finds whole names.
qsizetype tableWidth();

/// The terminal behind standard input without line editing, echo and signals from keys, for as long as the
/// object lives. It is given back its settings when the program dies by a signal or exit(), too; only SIGKILL
/// cannot be helped.
///
/// At most one at a time.
class RawTerminal
{
public:
    RawTerminal() = default;
    RawTerminal(RawTerminal &&other) noexcept
        : m_isActive(std::exchange(other.m_isActive, false))
    { }
    RawTerminal &operator=(RawTerminal &&) = delete;
    ~RawTerminal();

    /// Errors   Io: standard input is no terminal
    static Result<RawTerminal> enter();

private:
    bool m_isActive = false;
};

} // namespace boxgate::cli
