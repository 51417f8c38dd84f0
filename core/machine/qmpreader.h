#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QJsonObject>

#include <optional>

namespace boxgate {

/// Cuts a QMP byte stream into JSON objects. Pure.
///
/// QMP does not promise line ends between messages, so the end of an object is found by its braces, outside
/// strings. QEMU is trusted less than it might be: it parses what the guest sends, and a guest that has taken
/// it over must get no further. Memory   at most MaxMessageBytes beyond what was fed in one call Source QEMU
/// docs/interop/qmp-spec.rst
class QmpReader
{
public:
    static constexpr qsizetype MaxMessageBytes = 1 << 20;

    void feed(QByteArrayView bytes);

    /// The next whole object, or nullopt when more bytes are needed.
    /// Errors   Protocol: no JSON object, or above MaxMessageBytes; the stream is unusable afterwards and
    /// every later call says so
    Result<std::optional<QJsonObject>> next();

private:
    qsizetype findEnd();

    QByteArray m_buffer;
    qsizetype m_scanned = 0; ///< bytes of m_buffer already looked at
    int m_depth = 0;
    bool m_inString = false;
    bool m_escaped = false;
    std::optional<Error> m_error;
};

} // namespace boxgate
