#include "core/model/exitrecord.h"

#include <QTest>
#include <QTimeZone>

using namespace boxgate;

class TestExitRecord : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrips()
    {
        ExitRecord record;
        record.kind = ExitRecord::Kind::StartFailed;
        record.exitCode = 125;
        record.stage = StartStage::Booting;
        record.message = "The guest did not answer";
        record.consoleTail = "[    0.1] line\nlast";
        record.startedAt = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5, 678), Qt::UTC);
        record.endedAt = record.startedAt.addSecs(60);
        const auto read = ExitRecord::fromJson(record.toJson());
        QVERIFY(read);
        QVERIFY(*read == record);
        QVERIFY(read->isFailure());
    }

    void anUnknownKindIsRefused()
    {
        QJsonObject json = ExitRecord().toJson();
        json["kind"] = "vanished";
        QVERIFY(!ExitRecord::fromJson(json));
    }
};

QTEST_GUILESS_MAIN(TestExitRecord)
#include "tst_exitrecord.moc"
