#include "core/store/exitrecordfile.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace boxgate;

class ExitRecordFileTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString m_path;

private Q_SLOTS:
    void init()
    {
        m_path = m_directory.filePath(QStringLiteral("exit.json"));
        QFile::remove(m_path);
    }

    void returnsWhatWasWritten();
    void replacesTheRecordBefore();
    void missingIsNone();
    void damageIsAFailure_data();
    void damageIsAFailure();
    void saysThatTheDirectoryIsGone();
    void forgets();
};

void ExitRecordFileTest::returnsWhatWasWritten()
{
    ExitRecord record;
    record.kind = ExitRecord::Kind::StartFailed;
    record.stage = StartStage::Booting;
    record.exitCode = 125;
    record.message = QStringLiteral("The guest did not answer");
    record.consoleTail = QString(4096, QChar(0x2603));
    record.startedAt = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, Qt::UTC);
    record.endedAt = record.startedAt.addSecs(5);
    QVERIFY(writeExitRecord(m_path, record));
    const std::optional<ExitRecord> read = readExitRecord(m_path);
    QVERIFY(read);
    QVERIFY(*read == record);
}

void ExitRecordFileTest::replacesTheRecordBefore()
{
    ExitRecord record;
    record.exitCode = 1;
    QVERIFY(writeExitRecord(m_path, record));
    record.exitCode = 2;
    QVERIFY(writeExitRecord(m_path, record));
    QCOMPARE(readExitRecord(m_path)->exitCode, 2);
    QCOMPARE(QDir(m_directory.path()).entryList(QDir::Files).size(), 1); // nothing temporary is left
}

void ExitRecordFileTest::missingIsNone() { QVERIFY(!readExitRecord(m_path)); }

void ExitRecordFileTest::damageIsAFailure_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no JSON") << QByteArray("rubbish");
    QTest::newRow("an array") << QByteArray("[]");
    QTest::newRow("unknown kind") << QByteArray("{\"kind\": \"what\"}");
    QTest::newRow("too large") << QByteArray("{\"kind\": \"requested\", \"message\": \"")
            + QByteArray(70'000, 'x') + "\"}";
}

void ExitRecordFileTest::damageIsAFailure()
{
    QFETCH(const QByteArray, bytes);
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    const std::optional<ExitRecord> read = readExitRecord(m_path);
    QVERIFY(read);
    QVERIFY(read->isFailure());
    QVERIFY(read->message.contains(m_path));
}

void ExitRecordFileTest::saysThatTheDirectoryIsGone()
{
    const Result<void> written = writeExitRecord(m_directory.filePath(QStringLiteral("gone/exit.json")), {});
    QVERIFY(!written);
    QCOMPARE(toString(written.error().code), QStringLiteral("not-found"));
}

void ExitRecordFileTest::forgets()
{
    QVERIFY(writeExitRecord(m_path, {}));
    QVERIFY(removeExitRecord(m_path));
    QVERIFY(!readExitRecord(m_path));
    QVERIFY(removeExitRecord(m_path));
}

QTEST_GUILESS_MAIN(ExitRecordFileTest)
#include "tst_exitrecordfile.moc"
