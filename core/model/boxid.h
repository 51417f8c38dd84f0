#pragma once

#include "core/base/result.h"

#include <QHashFunctions>
#include <QString>

namespace boxgate {

/// Identifies a box for its whole life: 12 lower-case hexadecimal digits. Names may change, the id never
/// does.
class BoxId
{
public:
    BoxId() = default;

    /// A fresh id from the system's random source.
    static BoxId random();

    /// Errors   InvalidArgument: not 12 lower-case hexadecimal digits
    static Result<BoxId> parse(const QString &text);

    const QString &toString() const { return m_text; }
    bool isEmpty() const { return m_text.isEmpty(); }

    bool operator==(const BoxId &) const = default;
    bool operator<(const BoxId &other) const { return m_text < other.m_text; }

private:
    explicit BoxId(const QString &text)
        : m_text(text)
    { }

    QString m_text;
};

inline size_t qHash(const BoxId &id, size_t seed = 0) { return qHash(id.toString(), seed); }

} // namespace boxgate

Q_DECLARE_METATYPE(boxgate::BoxId)
