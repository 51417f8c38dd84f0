#include "core/runner/trafficrecorder.h"

#include "core/runner/gatetranslation.h"

#include <QDateTime>
#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logTraffic, "boxgate.runner.traffic")

constexpr qint64 MinuteMs = 60'000;
/// Behind the minute's end, so that a timer that is a little early does not hit the minute before.
constexpr qint64 AfterMinuteMs = 200;

} // namespace

TrafficRecorder::TrafficRecorder(const NetworkGate &gate, const QString &file, QObject *parent)
    : QObject(parent)
    , m_gate(gate)
    , m_file(file)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        record();
        wait();
    });
}

void TrafficRecorder::begin()
{
    m_since = QDateTime::currentSecsSinceEpoch();
    wait();
}

void TrafficRecorder::wait()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    m_timer.start(int(MinuteMs - now % MinuteMs + AfterMinuteMs));
}

void TrafficRecorder::finish()
{
    if (!m_timer.isActive())
        return;
    m_timer.stop();
    record();
    m_history.reset();
}

void TrafficRecorder::record()
{
    // The minute in which what passed began: after a sleep of the host that is long ago.
    const qint64 minute = m_since - m_since % (MinuteMs / 1000);
    m_since = QDateTime::currentSecsSinceEpoch();
    if (!m_gate.engine())
        return;
    QList<NetMinute> entries;
    for (const net::DestinationTotal &total : m_gate.engine()->takeTotals()) {
        entries.append(toModel(total));
        entries.last().minute = minute;
    }
    const Result<void> written = entries.isEmpty() ? Result<void>() : write(entries);
    if (!written && !std::exchange(m_hasFailed, true))
        qCWarning(logTraffic).noquote() << "the traffic history is incomplete:" << written.error();
}

Result<void> TrafficRecorder::write(const QList<NetMinute> &entries)
{
    if (!m_history) {
        Result<std::unique_ptr<TrafficHistory>> opened = TrafficHistory::open(m_file);
        if (!opened && opened.error().code == ErrorCode::Corrupt) {
            qCWarning(logTraffic).noquote() << "a new traffic history is begun:" << opened.error();
            TrafficHistory::remove(m_file);
            opened = TrafficHistory::open(m_file);
        }
        BOXGATE_TRY(opened);
        m_history = std::move(*opened);
    }
    return m_history->add(entries);
}

} // namespace boxgate
