#include "core/runner/networkopenings.h"

#include <QLoggingCategory>

#include <algorithm>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logOpenings, "boxgate.runner.openings")

/// A timer's interval is an int of milliseconds: what is later is looked at again.
constexpr std::chrono::milliseconds LongestWait = std::chrono::hours(1);

std::chrono::milliseconds left(const QDeadlineTimer &ends)
{
    return std::chrono::milliseconds(ends.remainingTime());
}

} // namespace

NetworkOpenings::NetworkOpenings(NetworkGate &gate, QObject *parent)
    : QObject(parent)
    , m_gate(gate)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &NetworkOpenings::endLate);
}

void NetworkOpenings::open(ControlPeer *peer, quint32 stream, const OpenNetworkParams &params)
{
    m_openings.append({peer, stream, QDeadlineTimer(params.time)});
    const Result<void> opened = follow();
    if (opened) {
        peer->openSession(stream, {});
        return;
    }
    forget(peer, stream);
    peer->respond(stream, fail(opened.error()));
}

void NetworkOpenings::forget(const ControlPeer *peer, std::optional<quint32> stream)
{
    const qsizetype gone = m_openings.removeIf([&](const Opening &opening) {
        return opening.peer == peer && (!stream || opening.stream == *stream);
    });
    if (gone == 0)
        return;
    const Result<void> closed = follow();
    if (!closed)
        qCWarning(logOpenings) << "the network stays open:" << closed.error();
}

void NetworkOpenings::endLate()
{
    const auto isLate = [](const Opening &opening) { return opening.ends.hasExpired(); };
    for (;;) {
        const auto late = std::find_if(m_openings.cbegin(), m_openings.cend(), isLate);
        if (late == m_openings.cend())
            break;
        const Opening ended = *late;
        forget(ended.peer, ended.stream);
        ended.peer->endSession(ended.stream, QJsonObject{{QStringLiteral("event"), ControlEvent::Closed}});
    }
    (void)follow();
}

/// Makes the gate open until the last opening's end, or closed without one; sets the timer to the first's.
Result<void> NetworkOpenings::follow()
{
    const auto byEnd = [](const Opening &a, const Opening &b) { return a.ends < b.ends; };
    m_timer.stop();
    if (m_openings.isEmpty()) {
        const Result<void> closed = m_gate.close();
        Q_EMIT changed();
        return closed;
    }
    const auto [first, last] = std::minmax_element(m_openings.cbegin(), m_openings.cend(), byEnd);
    m_timer.start(std::min(left(first->ends), LongestWait));
    const Result<void> opened =
        m_gate.open(QDateTime::currentDateTimeUtc().addMSecs(left(last->ends).count()));
    Q_EMIT changed();
    return opened;
}

} // namespace boxgate
