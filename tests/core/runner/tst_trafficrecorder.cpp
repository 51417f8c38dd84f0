#include "core/runner/trafficrecorder.h"
#include "tests/core/runner/engineguest.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;

class TestTrafficRecorder : public QObject
{
    Q_OBJECT

private:
    /// A run in which something was blocked.
    void run(const QString &file)
    {
        NetworkGate gate("web", NetworkSpec(), m_folder.filePath("capture.pcapng"));
        Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        TrafficRecorder recorder(gate, file);
        recorder.begin();
        const EngineGuest guest(std::move(*wire));
        guest.sendBadFrame();
        QTRY_COMPARE(gate.counters().packetsBlocked, 1U);
        recorder.finish();
        recorder.finish(); // once is enough
    }

    QList<NetMinute> kept(const QString &file)
    {
        const auto history = TrafficHistory::open(file);
        return history ? history->get()->since(0).value_or(QList<NetMinute>()) : QList<NetMinute>();
    }

    QTemporaryDir m_folder;
    QString m_file;
    int m_next = 0;

private Q_SLOTS:
    void init() { m_file = m_folder.filePath(QStringLiteral("traffic%1.db").arg(m_next++)); }

    void writesWhatIsLeftAtTheEnd()
    {
        const qint64 before = QDateTime::currentSecsSinceEpoch();
        run(m_file);
        const QList<NetMinute> entries = kept(m_file);
        QCOMPARE(entries.size(), 1);
        QCOMPARE(entries.first().blocked, 1U);
        QCOMPARE(entries.first().minute % 60, 0);
        QVERIFY(entries.first().minute > before - 60);
    }

    void aBoxThatSaidNothingLeavesNoFile()
    {
        NetworkGate gate("web", NetworkSpec(), m_folder.filePath("capture.pcapng"));
        const Result<Descriptor> wire = gate.start();
        QVERIFY(wire);
        TrafficRecorder recorder(gate, m_file);
        recorder.begin();
        recorder.finish();
        QVERIFY(!QFile::exists(m_file));
    }

    void aDamagedFileIsBegunAnew()
    {
        QFile damaged(m_file);
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write(QByteArray("this is not what SQLite writes, whatever it may be"));
        damaged.close();
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression("a new traffic history is begun: .* is damaged"));
        run(m_file);
        QCOMPARE(kept(m_file).size(), 1);
    }

    void aFileThatCannotBeWrittenCostsTheHistoryAlone()
    {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression("the traffic history is incomplete: "));
        run(m_folder.filePath("gone/traffic.db"));
        QVERIFY(!QDir(m_folder.filePath("gone")).exists());
    }
};

QTEST_GUILESS_MAIN(TestTrafficRecorder)
#include "tst_trafficrecorder.moc"
