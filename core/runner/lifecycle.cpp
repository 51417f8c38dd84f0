#include "core/runner/lifecycle.h"

#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logLifecycle, "boxgate.runner.lifecycle")

} // namespace

Lifecycle::Lifecycle(const QString &box, QObject *parent)
    : QObject(parent)
    , m_box(box)
{ }

bool Lifecycle::apply(BoxEvent event)
{
    const std::optional<RunState> to = next(m_state, event);
    if (!to) {
        qCInfo(logLifecycle).noquote() << QStringLiteral("box %1: %2 is ignored while %3")
                                              .arg(m_box, toString(event), toString(m_state));
        return false;
    }
    const RunState from = std::exchange(m_state, *to);
    qCInfo(logLifecycle).noquote()
        << QStringLiteral("box %1: %2 -> %3 (%4)").arg(m_box, toString(from), toString(*to), toString(event));
    Q_EMIT changed(from, *to);
    return true;
}

} // namespace boxgate
