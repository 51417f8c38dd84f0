#include "core/machine/qmpreader.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QTest>

using namespace boxgate;

namespace {

/// What QEMU 7.2 says to qmp_capabilities, query-status, an unknown command and a power-off, and a message
/// full of traps.
const QByteArray Transcript =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": "
    "\"Debian\"}, "
    "\"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\"return\": {\"status\": \"running\", \"singlestep\": false, \"running\": true}, \"id\": 2}\r\n"
    "{\"id\": 3, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command nonsense has not been "
    "found\"}}\r\n"
    "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 5}, \"event\": \"SHUTDOWN\", "
    "\"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}"
    "{\"return\": [{\"a\": \"}]{[\\\"\\\\\"}, [[]], {}], \"id\": 4}\n\n ";

QList<QJsonObject> readAll(QmpReader &reader)
{
    QList<QJsonObject> objects;
    for (;;) {
        const Result<std::optional<QJsonObject>> next = reader.next();
        if (!next || !*next)
            return objects;
        objects += **next;
    }
}

} // namespace

class TestQmpReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsATranscriptInAnyChunks()
    {
        QmpReader whole;
        whole.feed(Transcript);
        const QList<QJsonObject> expected = readAll(whole);
        QCOMPARE(expected.size(), 6);
        QVERIFY(expected.at(0).contains(QStringLiteral("QMP")));
        QCOMPARE(expected.at(4).value(QStringLiteral("event")).toString(), QStringLiteral("SHUTDOWN"));
        QCOMPARE(expected.at(5).value(QStringLiteral("return")).toArray().size(), 3);

        QRandomGenerator random(7);
        for (int round = 0; round < 300; ++round) {
            QmpReader reader;
            QList<QJsonObject> objects;
            for (qsizetype begin = 0; begin < Transcript.size();) {
                const qsizetype count = std::min<qsizetype>(random.bounded(1, 40), Transcript.size() - begin);
                reader.feed(QByteArrayView(Transcript).sliced(begin, count));
                objects += readAll(reader);
                begin += count;
            }
            QCOMPARE(objects, expected);
        }
    }

    void refusesWhatIsNoMessage_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("plain text") << QByteArray("hello");
        QTest::newRow("an array") << QByteArray("[1]");
        QTest::newRow("text after an object") << QByteArray("{} x");
        QTest::newRow("a closing brace") << QByteArray("}");
        QTest::newRow("braces that do not match") << QByteArray("{\"a\": [}}");
        QTest::newRow("no member name") << QByteArray("{1}");
        QTest::newRow("an endless string") << QByteArray("{\"" + QByteArray(QmpReader::MaxMessageBytes, 'a'));
        QTest::newRow("endless nesting") << "{\"a\":" + QByteArray(QmpReader::MaxMessageBytes, '[');
        QTest::newRow("deep nesting") << "{\"a\":" + QByteArray(5000, '[') + QByteArray(5000, ']') + "}";
        QTest::newRow("a long object") << "{\"a\":\"" + QByteArray(QmpReader::MaxMessageBytes, 'a') + "\"}";
        QTest::newRow("zero bytes") << QByteArray(4, '\0');
    }
    void refusesWhatIsNoMessage()
    {
        QFETCH(QByteArray, bytes);
        QmpReader reader;
        reader.feed(bytes);
        readAll(reader);
        const auto first = reader.next();
        QVERIFY(!first);
        QVERIFY(first.error().code == ErrorCode::Protocol);
        reader.feed("{}");
        QVERIFY2(!reader.next(), "the stream stays unusable");
    }

    void spaceIsNoMessage()
    {
        QmpReader reader;
        reader.feed(" \r\n\t");
        const auto next = reader.next();
        QVERIFY(next && !*next);
    }
};

QTEST_APPLESS_MAIN(TestQmpReader)
#include "tst_qmpreader.moc"
