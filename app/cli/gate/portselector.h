#pragma once

#include "core/model/netreport.h"

#include <optional>

namespace boxgate::cli {

/// Words that name a port map that is there: "8080", "127.0.0.1:8080", "8080:80", "127.0.0.1:8080:80", each
/// with /udp for one of UDP. What is not written matches all.
struct PortSelector
{
    Protocol protocol = Protocol::Tcp;
    std::optional<QString> bindAddress;
    quint16 hostPort = 0; ///< 0: an automatic one, as specified
    std::optional<quint16> guestPort;

    /// Errors   InvalidArgument
    static Result<PortSelector> parse(const QString &text);

    bool matches(const PortMapping &map) const;
};

/// Removes the maps that the words name.
/// open     as they are open now, so that an automatic one can be named by its real port
/// Returns  what was removed, as it was open
/// Errors   InvalidArgument: a word; NotFound: the first word that names none, with those that are there;
///          Conflict: a word names several. ports is as it was then
Result<QList<PortMapping>> removePorts(QList<PortMapping> &ports, const QList<PortMapping> &open,
                                       const QStringList &words);

/// "127.0.0.1:8080->80/tcp"; the host port of an automatic one that is not open is "auto".
QString portText(const PortMapping &map);

} // namespace boxgate::cli
