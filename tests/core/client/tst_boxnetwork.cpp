#include "core/client/boxoperations.h"
#include "core/store/traffichistory.h"
#include "tests/core/client/scriptedrunner.h"

#include <QCoroTask>
#include <QTest>

#include <thread>

using namespace boxgate;
using namespace boxgate::test;

namespace {

NetworkEdit allowing(const QString &rule)
{
    return [rule](NetworkSpec &network) -> Result<void> {
        network.mode = NetworkMode::Allowlist;
        network.allowNet.append(rule);
        return {};
    };
}

NetworkEdit publishing(quint16 port)
{
    return [port](NetworkSpec &network) -> Result<void> {
        network.ports.append(PortMapping{.hostPort = port, .guestPort = 80});
        return {};
    };
}

bool publishes8080(const NetworkSpec &network)
{
    return std::any_of(network.ports.begin(), network.ports.end(),
                       [](const PortMapping &port) { return port.hostPort == 8080; });
}

} // namespace

class TestBoxNetwork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void changesAStoppedBox()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        const auto changed =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Keep));
        QVERIFY(changed);
        QCOMPARE(changed->allowNet, QStringList{"a.test"});
        QVERIFY(home.store->find(id)->spec.network == *changed);
    }

    void appliesToARunningBox()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        BoxOperations operations(home.paths, home.store.get());
        const auto changed =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Close));
        QVERIFY(changed && runner.applied);
        QVERIFY(*runner.applied == *changed);
        QVERIFY(runner.existing == ExistingFlows::Close);
        QVERIFY(QCoro::waitFor(operations.changeNetwork(id, allowing("b.test"), ExistingFlows::Keep)));
        QVERIFY(runner.existing == ExistingFlows::Keep);
    }

    void anEditThatFailsChangesNothing()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        BoxOperations operations(home.paths, home.store.get());
        const NetworkEdit failing = [](NetworkSpec &network) -> Result<void> {
            network.mode = NetworkMode::Off;
            return fail(ErrorCode::NotFound, QStringLiteral("no such rule"));
        };
        const auto refused = QCoro::waitFor(operations.changeNetwork(id, failing, ExistingFlows::Keep));
        QVERIFY(refused.error().message == "no such rule");
        const auto impossible =
            QCoro::waitFor(operations.changeNetwork(id, allowing("https://a.test"), ExistingFlows::Keep));
        QVERIFY(impossible.error().code == ErrorCode::InvalidArgument);
        QVERIFY(home.store->find(id)->spec.network == NetworkSpec());
        QVERIFY(!runner.applied);
    }

    void whatTheBoxRefusesIsNotStored()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        runner.refuses = publishes8080;
        BoxOperations operations(home.paths, home.store.get());
        QVERIFY(QCoro::waitFor(operations.changeNetwork(id, publishing(9090), ExistingFlows::Keep)));
        const auto refused =
            QCoro::waitFor(operations.changeNetwork(id, publishing(8080), ExistingFlows::Keep));
        QVERIFY(!refused);
        QCOMPARE(refused.error().message, "Port 8080 is taken");
        const NetworkSpec stored = home.store->find(id)->spec.network;
        QCOMPARE(stored.ports.size(), 1);
        QCOMPARE(stored.ports.first().hostPort, 9090);
    }

    void aBoxThatEndsMeanwhileKeepsWhatIsStored()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        runner.refuses = [&runner](const NetworkSpec &) {
            QMetaObject::invokeMethod(&runner, &ScriptedRunner::die, Qt::QueuedConnection);
            return false;
        };
        runner.isSilent = true;
        BoxOperations operations(home.paths, home.store.get());
        const auto changed =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Keep));
        QVERIFY2(changed, changed ? "" : qPrintable(changed.error().message));
        QCOMPARE(home.store->find(id)->spec.network.allowNet, QStringList{"a.test"});
    }

    void whatHoldsFromTheNextStartStaysStored()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        runner.networkError =
            Error{ErrorCode::Conflict, QStringLiteral("restart it"), NetworkRefusal::NextStart};
        BoxOperations operations(home.paths, home.store.get());
        const auto late =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Keep));
        QCOMPARE(late.error().message, "restart it");
        QCOMPARE(home.store->find(id)->spec.network.allowNet, QStringList{"a.test"});
    }

    void anotherClientsChangeMeanwhileIsAppliedToo()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        // The other client stores while this one's change is on its way, and its runner hears of it first.
        bool isFirst = true;
        runner.refuses = [&](const NetworkSpec &) {
            if (std::exchange(isFirst, false))
                (void)home.store->edit(id,
                                       [](BoxSpec &spec) { return allowing("other.test")(spec.network); });
            return false;
        };
        BoxOperations operations(home.paths, home.store.get());
        const auto changed =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Keep));
        const QStringList both{"a.test", "other.test"};
        QCOMPARE(changed->allowNet, both);
        QCOMPARE(runner.applied->allowNet, both);
        QCOMPARE(home.store->find(id)->spec.network.allowNet, both);
    }

    void anotherClientsRefusedChangeDoesNotTakeThisOneAlong()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        // The other client has stored a port that is taken, and was not told yet.
        QVERIFY(home.store->edit(id, [](BoxSpec &spec) { return publishing(8080)(spec.network); }));
        ScriptedRunner runner(home, id);
        runner.refuses = publishes8080;
        BoxOperations operations(home.paths, home.store.get());
        const auto changed =
            QCoro::waitFor(operations.changeNetwork(id, allowing("a.test"), ExistingFlows::Keep));
        QVERIFY2(changed, changed ? "" : qPrintable(changed.error().message));
        QVERIFY(changed->ports.isEmpty());
        QCOMPARE(runner.applied->allowNet, QStringList{"a.test"});
        QVERIFY(home.store->find(id)->spec.network == *changed);
    }

    void twoClientsAtOnceLoseNothing()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        constexpr int changes = 25;
        const auto work = [&](const QString &name) {
            const auto store = BoxStore::open(home.paths.database());
            for (int i = 0; i < changes; ++i) {
                const NetworkEdit edit = allowing(QStringLiteral("%1%2.test").arg(name).arg(i));
                const auto edited = (*store)->edit(id, [&edit](BoxSpec &spec) { return edit(spec.network); });
                if (!edited)
                    qFatal("%s", qPrintable(edited.error().message));
            }
        };
        std::thread other(work, QStringLiteral("other"));
        work("this");
        other.join();
        QCOMPARE(home.store->find(id)->spec.network.allowNet.size(), 2 * changes);
    }

    void readsTheHistoryOfAnyBox()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        const QDateTime all = QDateTime::fromSecsSinceEpoch(0, Qt::UTC);
        const auto none = QCoro::waitFor(operations.trafficHistory(id, all));
        QVERIFY(none && none->isEmpty());
        QVERIFY(!QFileInfo::exists(home.paths.boxTraffic(id.toString()))); // reading makes nothing
        NetMinute entry;
        entry.minute = 1'700'000'040;
        entry.peer.name = "a.test";
        QVERIFY((*TrafficHistory::open(home.paths.boxTraffic(id.toString())))->add({entry}));
        const auto read = QCoro::waitFor(operations.trafficHistory(id, all));
        QVERIFY(read);
        QVERIFY(*read == QList<NetMinute>{entry});
        const QDateTime later = QDateTime::fromSecsSinceEpoch(entry.minute + 1, Qt::UTC);
        QVERIFY(QCoro::waitFor(operations.trafficHistory(id, later))->isEmpty());
        QVERIFY(QCoro::waitFor(operations.trafficHistory(BoxId::random(), all)).error().code
                == ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(TestBoxNetwork)
#include "tst_boxnetwork.moc"
