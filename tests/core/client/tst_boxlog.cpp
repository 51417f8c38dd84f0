#include "core/client/boxlog.h"

#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

class TestBoxLog : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

    QString file(const QByteArray &content)
    {
        QFile file(m_folder.filePath("log"));
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        return file.fileName();
    }

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("most");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<qint64>("next");
        QTest::addColumn<bool>("truncated");
        QTest::newRow("all") << 0LL << 100LL << QByteArray("0123456789") << 10LL << false;
        QTest::newRow("a part") << 2LL << 3LL << QByteArray("234") << 5LL << false;
        QTest::newRow("at the end") << 10LL << 3LL << QByteArray() << 10LL << false;
        QTest::newRow("from the end") << -4LL << 100LL << QByteArray("6789") << 10LL << false;
        QTest::newRow("from before the begin") << -40LL << 100LL << QByteArray("0123456789") << 10LL << false;
        QTest::newRow("rotated below the offset")
            << 11LL << 100LL << QByteArray("0123456789") << 10LL << true;
    }

    void reads()
    {
        QFETCH(qint64, offset);
        QFETCH(qint64, most);
        const Result<LogChunk> chunk = readLogChunk(file("0123456789"), offset, most);
        QVERIFY(chunk);
        QTEST(chunk->bytes, "bytes");
        QTEST(chunk->nextOffset, "next");
        QTEST(chunk->truncated, "truncated");
    }

    void takesAMissingLogForAnEmptyOne()
    {
        const Result<LogChunk> chunk = readLogChunk(m_folder.filePath("missing"), 0, 100);
        QVERIFY(chunk && chunk->bytes.isEmpty() && chunk->nextOffset == 0);
    }

    void findsTheLastLines_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<int>("lines");
        QTest::addColumn<QByteArray>("rest");
        QTest::newRow("the last") << QByteArray("a\nb\nc\n") << 1 << QByteArray("c\n");
        QTest::newRow("two") << QByteArray("a\nb\nc\n") << 2 << QByteArray("b\nc\n");
        QTest::newRow("without a final feed") << QByteArray("a\nb\nc") << 2 << QByteArray("b\nc");
        QTest::newRow("more than there are") << QByteArray("a\nb\n") << 5 << QByteArray("a\nb\n");
        QTest::newRow("none") << QByteArray("a\nb\n") << 0 << QByteArray();
        QTest::newRow("empty lines count") << QByteArray("a\n\n\n") << 2 << QByteArray("\n\n");
        QTest::newRow("empty log") << QByteArray() << 3 << QByteArray();
        QTest::newRow("longer than a block") << QByteArray(200'000, 'x') + "\nlast\n"
                                             << 2 << QByteArray(200'000, 'x') + "\nlast\n";
    }

    void findsTheLastLines()
    {
        QFETCH(QByteArray, content);
        QFETCH(int, lines);
        const Result<qint64> offset = offsetOfLastLines(file(content), lines);
        QVERIFY(offset);
        QTEST(content.mid(*offset), "rest");
    }
};

QTEST_GUILESS_MAIN(TestBoxLog)
#include "tst_boxlog.moc"
