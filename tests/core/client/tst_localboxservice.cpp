#include "core/client/localboxservice.h"
#include "tests/core/client/scriptedrunner.h"

#include <QCoroTask>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

/// The limits, with room for a busy machine.
constexpr int WithinASecond = 1000;
constexpr int WithinTwoSeconds = 2000;

class TestLocalBoxService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listsWhatIsStored()
    {
        StoredHome home;
        home.add("b");
        home.add("a");
        LocalBoxService service(home.paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QVERIFY(ready.wait());
        QCOMPARE(service.boxes().size(), 2);
        QCOMPARE(service.boxes().first().spec.name, "a");
        QVERIFY(service.boxes().first().state == BoxState::Created);
    }

    void reflectsOtherClientsWithinASecond()
    {
        StoredHome home;
        LocalBoxService service(home.paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QVERIFY(ready.wait());
        QSignalSpy added(&service, &LocalBoxService::boxAdded);
        QSignalSpy removed(&service, &LocalBoxService::boxRemoved);
        const BoxId id = home.add("web");
        QTRY_COMPARE_WITH_TIMEOUT(added.count(), 1, WithinASecond);
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        BoxSpec spec = home.store->find(id)->spec;
        spec.network = off;
        QVERIFY(home.store->update(id, spec, home.store->find(id)->revision));
        QTRY_VERIFY_WITH_TIMEOUT(service.box(id)->spec.network.mode == NetworkMode::Off, WithinASecond);
        QVERIFY(home.store->remove(id));
        QTRY_COMPARE_WITH_TIMEOUT(removed.count(), 1, WithinASecond);
        QVERIFY(!service.box(id));
    }

    void followsRunnersOfOthers()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        LocalBoxService service(home.paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QVERIFY(ready.wait());
        QSignalSpy sampled(&service, &LocalBoxService::sampled);
        {
            ScriptedRunner runner(home, id);
            QTRY_VERIFY_WITH_TIMEOUT(service.box(id)->state == BoxState::Running, WithinASecond);
            QCOMPARE(service.box(id)->runnerPid, 4711);
            SampleEvent event;
            event.sample.second = 1000;
            event.sample.bytesSent = 42;
            event.counters.bytesSent = 42;
            // Its subscription may come after its state.
            QTRY_VERIFY((runner.tellSample(event), sampled.count() > 0));
            QCOMPARE(service.samples(id).last().bytesSent, 42u);
            QCOMPARE(service.box(id)->counters.bytesSent, 42u);
        }
        // The runner was killed: seen at once, with a reason.
        QTRY_VERIFY_WITH_TIMEOUT(service.box(id)->state == BoxState::Failed, WithinTwoSeconds);
        QVERIFY(!service.box(id)->lastExit->message.isEmpty());
        QVERIFY(service.samples(id).isEmpty());
    }

    void stopsAndRemoves()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        LocalBoxService service(home.paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QVERIFY(ready.wait());
        ScriptedRunner runner(home, id);
        QTRY_VERIFY(service.box(id)->state == BoxState::Running);
        QVERIFY(QCoro::waitFor(service.stop(id, StopMode::Graceful, 1s)));
        QTRY_VERIFY(service.box(id)->state == BoxState::Stopped);
        QVERIFY(QCoro::waitFor(service.remove(id, RemoveMode::OnlyStopped)));
        QVERIFY(service.boxes().isEmpty());
    }

    void tellsChangesAtMostFiveTimesASecond()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        LocalBoxService service(home.paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QVERIFY(ready.wait());
        ScriptedRunner runner(home, id);
        QTRY_VERIFY(service.box(id)->state == BoxState::Running);
        QSignalSpy changed(&service, &LocalBoxService::boxChanged);
        QElapsedTimer elapsed;
        elapsed.start();
        for (qint64 second = 1; second <= 200; ++second) {
            SampleEvent event;
            event.sample.second = 5000 + second;
            event.counters.bytesSent = quint64(second);
            runner.tellSample(event);
            QTest::qWait(5);
        }
        QTRY_COMPARE(service.box(id)->counters.bytesSent, 200u);
        const qint64 slots_ = elapsed.elapsed() / LocalBoxService::ChangeInterval.count();
        QVERIFY2(changed.count() <= slots_ + 2, qPrintable(QString::number(changed.count())));
        QVERIFY(changed.count() >= 2);
    }

    void saysWhyItCannotOpen()
    {
        QTemporaryDir folder(QStringLiteral("/tmp/bgt-XXXXXX"));
        const Paths paths = *Paths::locate(folder.path());
        QVERIFY(paths.prepare());
        QFile database(paths.database());
        QVERIFY(database.open(QIODevice::WriteOnly));
        database.write(QByteArray(8192, 'x'));
        database.close();
        LocalBoxService service(paths);
        QSignalSpy ready(&service, &LocalBoxService::ready);
        QSignalSpy failed(&service, &LocalBoxService::failed);
        QVERIFY(ready.wait());
        QCOMPARE(failed.count(), 1);
        QVERIFY(failed.first().first().value<Error>().code == ErrorCode::Corrupt);
        const Result<void> refused = QCoro::waitFor(service.start(*BoxId::parse("0123456789ab")));
        QVERIFY(refused.error().code == ErrorCode::Corrupt);
    }

    void remembersNothingOfADestroyedService()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        for (int i = 0; i < 5; ++i) {
            LocalBoxService service(home.paths);
            QSignalSpy ready(&service, &LocalBoxService::ready);
            QVERIFY(ready.wait()); // and gone while its watch is connecting
        }
        LocalBoxService service(home.paths);
        QTRY_VERIFY(service.box(id) && service.box(id)->state == BoxState::Running);
    }
};

QTEST_GUILESS_MAIN(TestLocalBoxService)
#include "tst_localboxservice.moc"
