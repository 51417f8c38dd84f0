#include "core/client/boxoperations.h"
#include "tests/core/client/scriptedrunner.h"

#include <QCoroTask>
#include <QDir>
#include <QProcess>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

class TestBoxOperations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusesWhatCannotBe_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<qint64>("mebibytes");
        QTest::addColumn<QString>("image");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("name") << "Web" << 512LL << "builtin/busybox"
                              << "'Web' is not a box name";
        QTest::newRow("too little memory") << "web" << 64LL << "builtin/busybox"
                                           << "64 MiB of memory cannot be given";
        QTest::newRow("more memory than there is") << "web" << (1LL << 30) << "builtin/busybox"
                                                   << "of memory cannot be given";
        QTest::newRow("image") << "web" << 512LL << "builtin/nosuch"
                               << "nosuch";
    }

    void refusesWhatCannotBe()
    {
        QFETCH(QString, name);
        QFETCH(qint64, mebibytes);
        QFETCH(QString, image);
        QFETCH(QString, sentence);
        StoredHome home;
        BoxOperations operations(home.paths, home.store.get());
        BoxSpec spec;
        spec.name = name;
        spec.memory = Bytes::fromMebi(quint64(mebibytes));
        spec.image = *ImageRef::parse(image);
        const Result<BoxId> id = QCoro::waitFor(operations.create(spec));
        QVERIFY(!id);
        QVERIFY2(id.error().message.contains(sentence), qPrintable(id.error().message));
        QVERIFY(home.store->all()->isEmpty());
        const QString boxes = home.paths.dataDirectory() + QStringLiteral("/boxes");
        QVERIFY(QDir(boxes).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot));
    }

    void removes()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        QVERIFY(QCoro::waitFor(operations.remove(id, RemoveMode::OnlyStopped)));
        QVERIFY(!QFileInfo::exists(home.paths.boxDirectory(id.toString())));
        QVERIFY(home.store->find(id).error().code == ErrorCode::NotFound);
    }

    void removesARunningBoxOnlyWhenAsked()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        BoxOperations operations(home.paths, home.store.get());
        const Result<void> refused = QCoro::waitFor(operations.remove(id, RemoveMode::OnlyStopped));
        QVERIFY(refused.error().code == ErrorCode::Conflict);
        QVERIFY(runner.isAlive());
        QVERIFY(QCoro::waitFor(operations.remove(id, RemoveMode::EvenRunning)));
        QVERIFY(!runner.isAlive());
        QVERIFY(home.store->all()->isEmpty());
    }

    void stopsWhatRunsAndLeavesTheRest()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        QVERIFY(QCoro::waitFor(operations.stop(id, StopMode::Graceful, 1s)));
        QVERIFY(operations.directory().find(id)->state == BoxState::Created);
        ScriptedRunner runner(home, id);
        QVERIFY(QCoro::waitFor(operations.stop(id, StopMode::Graceful, 1s)));
        QVERIFY(operations.directory().find(id)->state == BoxState::Stopped);
    }

    void storesAndAppliesTheNetwork()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        QVERIFY(QCoro::waitFor(operations.setNetwork(id, off)));
        QVERIFY(home.store->find(id)->spec.network.mode == NetworkMode::Off);

        ScriptedRunner runner(home, id);
        QVERIFY(QCoro::waitFor(operations.setNetwork(id, NetworkSpec())));
        QVERIFY(runner.applied->mode == NetworkMode::Open);
        runner.networkError =
            Error{ErrorCode::Conflict, QStringLiteral("restart it"), NetworkRefusal::NextStart};
        const Result<void> refused = QCoro::waitFor(operations.setNetwork(id, off));
        QVERIFY(refused.error().code == ErrorCode::Conflict);
        QVERIFY(home.store->find(id)->spec.network.mode == NetworkMode::Off);
    }

    void refusesANetworkThatCannotBeEnforced()
    {
        StoredHome home;
        NetworkSpec damaged;
        damaged.mode = NetworkMode::Allowlist;
        damaged.allowNet = QStringList{"https://a.test"};
        const BoxId id = home.add("web", damaged);
        BoxOperations operations(home.paths, home.store.get());
        NetworkSpec worse = damaged;
        worse.allowNet.append("*");
        const Result<void> refused = QCoro::waitFor(operations.setNetwork(id, worse));
        QVERIFY(refused.error().message.contains("The rule 'https://a.test' cannot be used"));
        QVERIFY(home.store->find(id)->spec.network == damaged);
        // The switch works whatever is stored.
        NetworkSpec off = damaged;
        off.mode = NetworkMode::Off;
        QVERIFY(QCoro::waitFor(operations.setNetwork(id, off)));
        QVERIFY(home.store->find(id)->spec.network == off);

        BoxSpec spec;
        spec.name = "mapped";
        spec.image = *ImageRef::parse(QStringLiteral("builtin/busybox"));
        spec.network.ports = {PortMapping{.hostPort = 8080, .guestPort = 80},
                              PortMapping{.hostPort = 8080, .guestPort = 81}};
        const Result<BoxId> made = QCoro::waitFor(operations.create(spec));
        QVERIFY(made.error().message.contains("Port 8080 on 127.0.0.1 is published twice"));
        QCOMPARE(home.store->all()->size(), 1);
    }

    void killsARunnerThatDoesNotAnswer()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        QProcess frozen; // holds the lock, listens nowhere
        frozen.start(QStringLiteral(LOCKHOLDER), {home.paths.boxLock(id.toString())});
        QVERIFY(frozen.waitForReadyRead());
        QVERIFY(operations.directory().liveness(id) == Liveness::HasRunner);
        QVERIFY(QCoro::waitFor(operations.stop(id, StopMode::Kill, 1s)));
        QTRY_COMPARE(frozen.state(), QProcess::NotRunning);
        QVERIFY(operations.directory().liveness(id) == Liveness::NoRunner);
    }

    void startsNeitherTwiceNorWithoutFiles()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        {
            ScriptedRunner runner(home, id);
            const Result<void> again = QCoro::waitFor(operations.start(id));
            QVERIFY(again.error().code == ErrorCode::Conflict);
            QVERIFY(again.error().message.contains("is running already"));
        }
        QVERIFY(QDir(home.paths.boxDirectory(id.toString())).removeRecursively());
        const Result<void> gone = QCoro::waitFor(operations.start(id));
        QVERIFY2(gone.error().message.contains("was removed"), qPrintable(gone.error().message));
        QVERIFY(QCoro::waitFor(operations.remove(id, RemoveMode::OnlyStopped)));
    }

    void connectsToRunningBoxesOnly()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        BoxOperations operations(home.paths, home.store.get());
        const Result<std::shared_ptr<BoxHandle>> refused = QCoro::waitFor(operations.connect(id));
        QVERIFY(refused.error().code == ErrorCode::Conflict);
        QVERIFY(refused.error().message.contains("'boxgate start web' starts it"));
    }
};

QTEST_GUILESS_MAIN(TestBoxOperations)
#include "tst_boxoperations.moc"
