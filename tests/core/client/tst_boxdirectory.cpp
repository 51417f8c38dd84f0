#include "core/client/boxdirectory.h"
#include "core/store/exitrecordfile.h"
#include "tests/core/client/scriptedrunner.h"

#include <QDir>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;

Q_DECLARE_METATYPE(std::optional<boxgate::ExitRecord>)

class TestBoxDirectory : public QObject
{
    Q_OBJECT

    static ExitRecord record(ExitRecord::Kind kind)
    {
        ExitRecord record;
        record.kind = kind;
        record.startedAt = record.endedAt = QDateTime::currentDateTimeUtc();
        return record;
    }

private Q_SLOTS:
    void derivesTheState_data()
    {
        QTest::addColumn<Liveness>("liveness");
        QTest::addColumn<std::optional<ExitRecord>>("exit");
        QTest::addColumn<BoxState>("state");
        QTest::addColumn<bool>("showsExit");
        const auto free = Liveness::NoRunner;
        const auto held = Liveness::HasRunner;
        using Kind = ExitRecord::Kind;
        const std::optional<ExitRecord> never;
        const std::optional<ExitRecord> main = record(Kind::MainCommand);
        const std::optional<ExitRecord> asked = record(Kind::Requested);
        const std::optional<ExitRecord> off = record(Kind::GuestPowerOff);
        const std::optional<ExitRecord> crash = record(Kind::Crashed);
        const std::optional<ExitRecord> failed = record(Kind::StartFailed);
        const std::optional<ExitRecord> killed = ExitRecord::unfinished(QDateTime::currentDateTimeUtc());
        QTest::newRow("never started") << free << never << BoxState::Created << false;
        QTest::newRow("main command ended") << free << main << BoxState::Stopped << true;
        QTest::newRow("stopped") << free << asked << BoxState::Stopped << true;
        QTest::newRow("powered itself off") << free << off << BoxState::Stopped << true;
        QTest::newRow("crashed") << free << crash << BoxState::Failed << true;
        QTest::newRow("did not start") << free << failed << BoxState::Failed << true;
        QTest::newRow("runner killed") << free << killed << BoxState::Failed << true;
        QTest::newRow("first run") << held << never << BoxState::Starting << false;
        QTest::newRow("runs; the record is this run's own") << held << killed << BoxState::Starting << false;
    }

    void derivesTheState()
    {
        QFETCH(Liveness, liveness);
        QFETCH(std::optional<ExitRecord>, exit);
        const BoxSummary summary = summarize({}, liveness, exit);
        QFETCH(BoxState, state);
        QVERIFY(summary.state == state);
        QTEST(summary.lastExit.has_value(), "showsExit");
    }

    void believesTheLockOnly()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        const BoxDirectory directory(home.paths, home.store.get());
        QVERIFY(directory.find(id)->state == BoxState::Created);
        {
            ScriptedRunner runner(home, id);
            QVERIFY(directory.find(id)->state == BoxState::Starting);
            QVERIFY(directory.resolve("web")->state == BoxState::Starting);
        }
        const Result<BoxSummary> after = directory.find(id);
        QVERIFY(after->state == BoxState::Failed);
        QVERIFY(!after->lastExit->message.isEmpty());
    }

    void survivesADamagedRecord()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        QFile file(home.paths.boxExitRecord(id.toString()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"kind\": 7");
        file.close();
        const BoxDirectory directory(home.paths, home.store.get());
        QVERIFY(directory.find(id)->state == BoxState::Failed);
    }

    void sortsByName()
    {
        StoredHome home;
        home.add("c");
        home.add("a");
        home.add("b");
        const Result<QList<BoxSummary>> all = BoxDirectory(home.paths, home.store.get()).all();
        QCOMPARE(all->size(), 3);
        QCOMPARE(all->first().spec.name, "a");
        QCOMPARE(all->last().spec.name, "c");
    }

    void missesARemovedDirectory()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        const BoxDirectory directory(home.paths, home.store.get());
        QVERIFY(directory.hasFiles(id));
        QVERIFY(QDir(home.paths.boxDirectory(id.toString())).removeRecursively());
        QVERIFY(!directory.hasFiles(id));
        QVERIFY(directory.find(id)->state == BoxState::Created);
    }
};

QTEST_GUILESS_MAIN(TestBoxDirectory)
#include "tst_boxdirectory.moc"
