#pragma once

#include "core/base/filelock.h"
#include "core/base/paths.h"
#include "core/control/controlserver.h"
#include "core/model/boxid.h"
#include "core/store/boxstore.h"

#include <QTemporaryDir>

#include <functional>
#include <optional>

namespace boxgate::test {

/// A home with a store, for one test. Short, because sockets live in it.
struct StoredHome
{
    StoredHome();

    /// Stores a box with its directory, as `create` does.
    BoxId add(const QString &name, const NetworkSpec &network = {});

    QTemporaryDir folder{QStringLiteral("/tmp/bgt-XXXXXX")};
    Paths paths;
    std::unique_ptr<BoxStore> store;
};

/// The part of a runner that clients see, in the test's own process: the box's lock and a control socket with
/// the answers of a box without a guest.
class ScriptedRunner : public QObject
{
    Q_OBJECT

public:
    ScriptedRunner(const StoredHome &home, const BoxId &id);
    ~ScriptedRunner() override;

    RunnerState state; ///< what it answers
    QList<NetSample> samples;
    std::optional<NetworkSpec> applied; ///< by the last `network` request
    std::optional<ExistingFlows> existing; ///< of it
    std::optional<Error> networkError; ///< the answer to it, if set
    std::function<bool(const NetworkSpec &)> refuses; ///< a refusal by what is asked, if set
    bool isSilent = false; ///< it is never answered
    /// The answer to methods that it does not know.
    std::function<Result<QJsonObject>(const ControlRequest &)> others;

    void tellState();
    void tellSample(const SampleEvent &event);
    /// Any event, to all subscribers.
    void tell(const QJsonObject &event);
    /// Goes away as a killed one does: the connections end, the lock is dropped, and the record says what it
    /// said before.
    void die();
    bool isAlive() const { return m_lock.has_value(); }

private:
    void answer(ControlPeer *peer, quint32 stream, const ControlRequest &request);

    const Paths m_paths;
    const BoxId m_id;
    std::optional<FileLock> m_lock;
    ControlServer m_server;
    QList<std::pair<ControlPeer *, quint32>> m_subscribers;
};

} // namespace boxgate::test
