#include "core/runner/diskwatch.h"

#include "core/base/bytes.h"

#include <QLoggingCategory>
#include <QStorageInfo>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logDisk, "boxgate.runner.disk")

} // namespace

DiskWatch::DiskWatch(QmpClient &monitor, const QString &directory, QObject *parent)
    : QObject(parent)
    , m_monitor(monitor)
    , m_directory(directory)
{
    m_timer.setInterval(LookAgain);
    connect(&m_timer, &QTimer::timeout, this, &DiskWatch::look);
    // Source: QEMU qapi/block-core.json, BLOCK_IO_ERROR
    connect(&monitor, &QmpClient::eventArrived, this, [this](const QString &name, const QJsonObject &data) {
        const bool stopped = data.value(QLatin1String("action")).toString() == QLatin1String("stop");
        if (name != QLatin1String("BLOCK_IO_ERROR") || !stopped || isWaiting())
            return;
        m_timer.start();
        qCWarning(logDisk).noquote() << problem();
        Q_EMIT changed();
    });
}

QString DiskWatch::problem() const
{
    if (!isWaiting())
        return {};
    return QStringLiteral("The disk of this host is full: the box waits until %1 are free in %2")
        .arg(Bytes(quint64(EnoughBytes)).toDisplay(), m_directory);
}

void DiskWatch::look()
{
    if (m_monitor.isClosed()) {
        m_timer.stop();
        return;
    }
    const QStorageInfo storage(m_directory);
    if (!storage.isValid() || storage.bytesAvailable() < EnoughBytes)
        return;
    m_timer.stop();
    qCInfo(logDisk) << "there is space again: the box goes on";
    m_tasks.spawn(QStringLiteral("go on after a full disk"), goOn());
    Q_EMIT changed();
}

Async<void> DiskWatch::goOn()
{
    const QmpCommand command{.name = QStringLiteral("cont"), .arguments = {}};
    const Result<QJsonValue> done = co_await m_monitor.execute(command);
    BOXGATE_CO_TRY(done);
    co_return {};
}

QCoro::Task<void> DiskWatch::shutdown()
{
    m_timer.stop();
    co_await m_tasks.join();
}

} // namespace boxgate
