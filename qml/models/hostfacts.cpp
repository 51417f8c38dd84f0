#include "qml/models/hostfacts.h"

#include <QPointer>

namespace boxgate::ui {

HostFacts::HostFacts(BoxService *service, QObject *parent)
    : QObject(parent)
    , m_service(service)
{
    connect(service, &BoxService::ready, this, &HostFacts::refresh);
}

void HostFacts::refresh()
{
    if (!m_loading)
        load(); // keeps itself alive until it ends
}

QCoro::Task<void> HostFacts::load()
{
    const QPointer<HostFacts> self(this);
    m_loading = true;
    const Result<HostSummary> host = co_await m_service->host();
    if (!self)
        co_return;
    const Result<QList<ImageSummary>> images = co_await m_service->images();
    if (!self)
        co_return;
    m_loading = false;
    m_problems = host ? host->problems : QStringList{host.error().message};
    if (host)
        m_host = *host;
    if (images) {
        m_images.clear();
        for (const ImageSummary &image : *images)
            m_images.append(image.name);
    }
    Q_EMIT changed();
}

QStringList HostFacts::facts() const
{
    if (!m_host)
        return {};
    const auto orMissing = [](const QString &text) {
        return text.isEmpty() ? QStringLiteral("Not found") : text;
    };
    return {QStringLiteral("CPUs"),
            QString::number(m_host->cpus),
            QStringLiteral("Memory"),
            m_host->memory.toDisplay(),
            QStringLiteral("Free disk"),
            m_host->diskFree.toDisplay(),
            QStringLiteral("QEMU"),
            m_host->qemuVersion.isEmpty()
                ? orMissing({})
                : QStringLiteral("%1, %2").arg(m_host->qemuVersion, m_host->qemuPath),
            QStringLiteral("Guest kernel"),
            orMissing(m_host->kernelPath),
            QStringLiteral("Home"),
            m_host->home,
            QStringLiteral("Boxgate"),
            m_host->version};
}

} // namespace boxgate::ui
