#pragma once

#include "core/base/paths.h"
#include "core/base/pendingreply.h"
#include "core/client/commandsession.h"
#include "core/model/boxsummary.h"

#include <QObject>

namespace boxgate {

enum class StopMode;

/// Whether a subscription brings each second of traffic too.
enum class SampleDelivery
{
    None,
    EachSecond
};

/// Adds what a runner says about its run to what the disk tells of the box.
void describeRun(BoxSummary &summary, const RunnerState &said);

/// A running box, seen from a client: a connection to its runner with typed requests.
///
/// Thread: the main thread. Lifetime: shared by whoever works on the box; when the runner goes away closed()
/// comes once, and every request that waits ends with Unavailable. It is deleted from the event loop.
class BoxHandle : public QObject
{
    Q_OBJECT

public:
    /// Errors   NotFound: the box has no runner, or it does not listen yet; Timeout, Denied, Protocol
    static Async<std::shared_ptr<BoxHandle>> open(Paths paths, BoxId id);

    const BoxId &id() const { return m_id; }
    bool isOpen() const { return m_connection->isOpen(); }

    /// The newest state that a subscription brought, or requestState().
    const std::optional<RunnerState> &state() const { return m_state; }

    /// Once per handle: from now on stateChanged() and sampled() come.
    Async<void> subscribe(SampleDelivery samples);
    Async<RunnerState> requestState();
    /// Ends when the guest is gone and the exit record is written.
    /// deadline   of StopMode::Graceful; then the box is killed
    Async<void> stop(StopMode mode, std::chrono::milliseconds deadline);
    /// Errors   Conflict: the box was booted without an interface
    Async<void> setNetwork(NetworkSpec network);
    /// All seconds after since, oldest first.
    Async<QList<NetSample>> samples(qint64 since);

    std::unique_ptr<CommandSession> makeExec(const ExecParams &params);
    std::unique_ptr<CommandSession> makeAttachment(const AttachParams &params);

    /// Ends when the runner has gone away.
    /// limit   0: none
    /// Errors  Timeout
    Async<void> untilClosed(std::chrono::milliseconds limit);
    /// Ends when the box has left Starting, or the runner went away. Needs a subscription.
    Async<void> untilStarted();

Q_SIGNALS:
    void stateChanged();
    void sampled(const boxgate::SampleEvent &sample);
    void closed(const boxgate::Error &why);

private:
    BoxHandle(const BoxId &id, std::unique_ptr<ControlConnection> connection);

    void takeEvent(const QJsonObject &event);
    void takeClosed(const Error &why);
    void deliverStart();

    const BoxId m_id;
    std::unique_ptr<ControlConnection> m_connection;
    std::unique_ptr<ControlStream> m_subscription;
    std::optional<RunnerState> m_state;
    QList<PendingReply<void>> m_closeWaiters;
    QList<PendingReply<void>> m_startWaiters;
};

} // namespace boxgate
