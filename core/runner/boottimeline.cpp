#include "core/runner/boottimeline.h"

#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logBoot, "boxgate.runner.boot")

} // namespace

void BootTimeline::done(const QString &stage)
{
    const BootStep step{stage, elapsed()};
    m_steps.append(step);
    qCInfo(logBoot).noquote() << QStringLiteral("%1 after %2 ms").arg(stage).arg(step.at.count());
}

} // namespace boxgate
