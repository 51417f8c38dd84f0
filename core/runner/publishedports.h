#pragma once

#include "core/exposure/hostlistener.h"
#include "core/model/portmapping.h"
#include "net/engine.h"

#include <QList>

#include <optional>

namespace boxgate {

/// The port maps of one running box: opens and closes them in its engine as the specification changes.
///
/// A map whose port the system chose keeps that port as long as it is wanted. Thread: the main thread.
/// Lifetime: one engine's; see clear().
class PublishedPorts
{
public:
    /// Closes what is not wanted any more, then opens what is new. When one cannot be opened, all are as they
    /// were, except that flows through the closed ones have ended.
    /// Errors   Conflict: the port is taken, by whom; Denied: a privileged one; InvalidArgument: an address
    /// that this host does not have
    Result<void> change(net::Engine &engine, const QList<PortMapping> &wanted);

    /// With the ports that the system chose.
    QList<PortMapping> open() const;

    /// The engine is gone, and its ports with it.
    void clear() { m_open.clear(); }

private:
    struct Open
    {
        PortMapping wanted;
        PortMapping opened;
    };

    Result<void> openOne(net::Engine &engine, const PortMapping &wanted, const PortMapping &asked);
    void closeFrom(net::Engine &engine, qsizetype first);

    QList<Open> m_open;
};

/// The sentence about a port that is taken. Pure.
/// holder   who holds it, if the system tells
Error portTaken(const PortMapping &port, const std::optional<HostListener> &holder, const QString &detail);

} // namespace boxgate
