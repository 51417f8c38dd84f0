#pragma once

#include "core/base/result.h"

#include <compare>

namespace boxgate {

/// An amount of bytes. 64 bits, never negative.
class Bytes
{
public:
    constexpr Bytes() = default;
    constexpr explicit Bytes(quint64 count)
        : m_count(count)
    { }

    static constexpr Bytes fromKibi(quint64 n) { return Bytes(n << 10); }
    static constexpr Bytes fromMebi(quint64 n) { return Bytes(n << 20); }
    static constexpr Bytes fromGibi(quint64 n) { return Bytes(n << 30); }

    constexpr quint64 count() const { return m_count; }
    constexpr quint64 mebi() const { return m_count >> 20; }

    constexpr auto operator<=>(const Bytes &) const = default;

    /// Reads "512", "512m", "512MiB", "1.5g", "10G", "64k"; units are powers of 1024, a bare number is in
    /// defaultUnit. Errors   InvalidArgument: not a number, negative, unknown unit or above 2^63
    static Result<Bytes> parse(const QString &text, Bytes defaultUnit = Bytes(1));

    /// For people, at most four digits: "512 MiB", "1.5 GiB", "0 B".
    QString toDisplay() const;

private:
    quint64 m_count = 0;
};

/// For people, with decimal units as network tools use them: "1.2 MB/s", "0 B/s".
QString rateToDisplay(double bytesPerSecond);

} // namespace boxgate
