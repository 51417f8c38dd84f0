#include "core/machine/consolelog.h"

#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestConsoleLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsBytesAsTheyAre()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("console.log"));
        ConsoleLog log(path);
        QVERIFY(log.open());
        const QByteArray bytes("a\r\n\x1b[2J\0z", 9);
        log.append(bytes);
        QCOMPARE(contents(path), bytes);
    }

    void isBoundedAndLosesOnlyTheOldest()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("console.log"));
        ConsoleLog log(path, 1000);
        QVERIFY(log.open());
        QByteArray all;
        for (int i = 0; i < 500; ++i) {
            const QByteArray line = "line " + QByteArray::number(i) + "\n";
            all += line;
            log.append(line);
            QVERIFY(QFileInfo(path).size() <= 1000);
        }
        const QByteArray older = contents(path + QStringLiteral(".1"));
        QCOMPARE(older.size(), 1000);
        QVERIFY2(all.endsWith(older + contents(path)),
                 "the two files together are the end of all that was written");
    }

    void onePieceAboveTheBoundIsSplit()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("console.log"));
        ConsoleLog log(path, 1000);
        QVERIFY(log.open());
        log.append(QByteArray(2500, 'x'));
        QCOMPARE(QFileInfo(path).size(), 500);
        QCOMPARE(QFileInfo(path + QStringLiteral(".1")).size(), 1000);
    }

    void aNewRunRotates()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("console.log"));
        {
            ConsoleLog first(path);
            QVERIFY(first.open());
            first.append("first\n");
        }
        ConsoleLog second(path);
        QVERIFY(second.open());
        second.append("second\n");
        QCOMPARE(contents(path), QByteArray("second\n"));
        QCOMPARE(contents(path + QStringLiteral(".1")), QByteArray("first\n"));
        QCOMPARE(second.tail(100), QByteArray("second\n"));
    }

    void theTailBeginsWithALine()
    {
        const QTemporaryDir folder;
        ConsoleLog log(folder.filePath(QStringLiteral("console.log")));
        QVERIFY(log.open());
        log.append("one\ntwo\nthree\n");
        QCOMPARE(log.tail(9), QByteArray("three\n"));
        QCOMPARE(log.tail(100), QByteArray("one\ntwo\nthree\n"));
        log.append(QByteArray(100'000, 'x'));
        QCOMPARE(log.tail(1 << 20).size(), 16 * 1024);
    }

    void aFolderThatIsMissingIsAnError()
    {
        ConsoleLog log(QStringLiteral("/nonexistent/console.log"));
        const Result<void> opened = log.open();
        QVERIFY(!opened);
        QVERIFY(opened.error().message.contains(QLatin1String("/nonexistent/console.log")));
    }
};

QTEST_APPLESS_MAIN(TestConsoleLog)
#include "tst_consolelog.moc"
