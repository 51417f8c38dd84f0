#pragma once

#include "core/base/paths.h"
#include "core/base/pendingreply.h"
#include "core/client/commandsession.h"
#include "core/model/boxsummary.h"
#include "core/model/netreport.h"

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
    /// Errors   Conflict: the change needs a restart, or a port is taken; what is in force stays
    Async<void> setNetwork(NetworkSpec network, ExistingFlows existing);
    /// Opens the network, whatever its mode, until closeNetwork(), the end of this handle or of this
    /// process, or time; one at once. Nothing of it is stored.
    /// Errors   Conflict: the box has no interface
    Async<void> openNetwork(std::chrono::seconds time);
    /// Ends when the network is as it was, and what only the open one let in was ended.
    Async<void> closeNetwork();
    /// All seconds after since, oldest first.
    Async<QList<NetSample>> samples(qint64 since);

    // What the box's gate tells. Empty where the box has no interface.
    /// Open now, the newest first.
    Async<QList<NetFlow>> flows();
    /// The latest first.
    Async<QList<NetDestination>> destinations();
    /// The latest first.
    Async<QList<NetBlocked>> blocked();
    /// Oldest first.
    Async<QList<NetDnsQuestion>> dnsLog();
    /// In the order of the rules.
    Async<QList<NetRuleUse>> ruleUse();
    Async<QList<NetPort>> ports();
    Async<NetCapture> capture();
    /// Judges a destination as the data path does: "HOST[:PORT][/tcp|/udp]".
    /// Errors   InvalidArgument: it is none; Conflict: the box has no interface
    Async<NetTest> testDestination(QString destination);
    /// Errors   NotFound: no such flow is open
    Async<void> closeFlow(quint64 id);
    /// The events after the one numbered `after`, as far as they are kept; 0: all that are.
    Async<NetEventBatch> netEvents(quint64 after);
    /// Once per handle: from now on netEventsReceived() comes, at most every 250 ms.
    Async<void> subscribeNetEvents();

    std::unique_ptr<CommandSession> makeExec(const ExecParams &params);
    /// As a command that speaks core/tree/treeitem.h: for TreeCopy.
    std::unique_ptr<CommandSession> makeCopy(const CopyParams &params);
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
    /// What happened since the last one; its `lost` counts what this client was too slow for.
    void netEventsReceived(const boxgate::NetEventBatch &batch);
    void closed(const boxgate::Error &why);

private:
    BoxHandle(const BoxId &id, std::unique_ptr<ControlConnection> connection);

    void takeEvent(const QJsonObject &event);
    void takeClosed(const Error &why);
    void deliverStart();

    const BoxId m_id;
    std::unique_ptr<ControlConnection> m_connection;
    std::unique_ptr<ControlStream> m_subscription;
    std::unique_ptr<ControlStream> m_netSubscription;
    std::unique_ptr<ControlStream> m_opening;
    std::optional<RunnerState> m_state;
    QList<PendingReply<void>> m_closeWaiters;
    QList<PendingReply<void>> m_startWaiters;
};

} // namespace boxgate
