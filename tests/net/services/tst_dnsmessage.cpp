#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/services/dnsmessage.h"

using namespace boxgate::net;
using namespace boxgate::net::dns;

namespace {

std::vector<uint8_t> fromHex(const QByteArray &hex)
{
    const QByteArray bytes = QByteArray::fromHex(hex);
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

QByteArray toHex(const std::vector<uint8_t> &message)
{
    return QByteArray(reinterpret_cast<const char *>(message.data()), qsizetype(message.size())).toHex();
}

// wWw.example.com A IN, as on the wire
const QByteArray Question = "0377577707 6578616d706c65 03636f6d 00 0001 0001";
const QByteArray Header = "1234 0100 0001 0000 0000 0000";

Query query()
{
    auto parsed = parseQuery(fromHex(Header + Question));
    if (!parsed)
        qFatal("the query of the fixture is bad");
    return *parsed;
}

Record address(const std::string &owner, Ipv4 ip)
{
    Record record;
    record.owner = owner;
    record.ttl = 60;
    record.address = ip;
    return record;
}

Record alias(const std::string &owner, const std::string &target)
{
    Record record;
    record.owner = owner;
    record.type = Cname;
    record.target = target;
    return record;
}

} // namespace

class TestDnsMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAQuery()
    {
        const Query parsed = query();
        QCOMPARE(parsed.id, 0x1234);
        QCOMPARE(parsed.name, std::string("www.example.com"));
        QCOMPARE(parsed.type, uint16_t(A));
        QVERIFY(parsed.recursionDesired);
        QVERIFY(!parsed.hasEdns);
        QCOMPARE(parsed.udpSize, LowestUdpSize);
    }

    void readsEdns()
    {
        const auto parsed =
            parseQuery(fromHex("1234 0100 0001 0000 0000 0001" + Question + "00 0029 04d0 00000000 0000"));
        QVERIFY(parsed && parsed->hasEdns);
        QCOMPARE(parsed->udpSize, 1232u);
    }

    void refusesBadQueries_data()
    {
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<bool>("answerable");
        QTest::addColumn<int>("code");
        QTest::newRow("nothing") << QByteArray() << false << 1;
        QTest::newRow("half a header") << QByteArray("123401000001") << false << 1;
        QTest::newRow("a response") << "1234 8100 0001 0000 0000 0000" + Question << false << 1;
        QTest::newRow("an update") << "1234 2800 0001 0000 0000 0000" + Question << true << 4;
        QTest::newRow("no question") << QByteArray("1234 0100 0000 0000 0000 0000") << true << 1;
        QTest::newRow("two questions") << "1234 0100 0002 0000 0000 0000" + Question + Question << true << 1;
        QTest::newRow("answers in a query") << "1234 0100 0001 0001 0000 0000" + Question << true << 1;
        QTest::newRow("a question cut short") << Header + "0377777707" << true << 1;
        QTest::newRow("a pointer to itself") << Header + "c00c 0001 0001" << true << 1;
        QTest::newRow("a pointer forwards") << Header + "c020 0001 0001" << true << 1;
        QTest::newRow("a reserved label type") << Header + "80 0001 0001" << true << 1;
        QTest::newRow("a dot inside a label") << Header + "03612e62 00 0001 0001" << true << 1;
        QTest::newRow("a NUL inside a label") << Header + "03610062 00 0001 0001" << true << 1;
        QTest::newRow("a name of 256 bytes")
            << Header + QByteArray("3f" + QByteArray(126, '6')).repeated(4) + "00 0001 0001" << true << 1;
    }
    void refusesBadQueries()
    {
        QFETCH(QByteArray, message);
        const auto parsed = parseQuery(fromHex(message));
        QVERIFY(!parsed);
        QTEST(parsed.error().isAnswerable, "answerable");
        QTEST(int(parsed.error().code), "code");
    }

    void anAnswerKeepsTheQuestionsCase()
    {
        const auto answer =
            buildAnswer(query(), Rcode::NoError, {address("www.example.com", Ipv4::of(1, 2, 3, 4))}, 512);
        const QByteArray expected =
            "1234 8180 0001 0001 0000 0000" + Question + "c00c 0001 0001 0000003c 0004 01020304";
        QCOMPARE(toHex(answer), toHex(fromHex(expected)));
    }

    void aLargeAnswerIsTruncated()
    {
        const std::vector<Record> many(40, address("www.example.com", Ipv4::of(1, 2, 3, 4)));
        const auto answer = buildAnswer(query(), Rcode::NoError, many, 512);
        QVERIFY(answer.size() <= 512);
        const auto reply = parseReply(answer);
        QVERIFY(reply && reply->isTruncated && reply->records.empty());
        QCOMPARE(parseReply(buildAnswer(query(), Rcode::NoError, many, HighestTcpSize))->records.size(), 40u);
    }

    void aReplyComesBackAsItWasBuilt()
    {
        const std::vector<Record> records{alias("www.example.com", "edge.example.net"),
                                          address("edge.example.net", Ipv4::of(9, 8, 7, 6))};
        const auto reply = parseReply(buildAnswer(query(), Rcode::NoError, records, 512));
        QVERIFY(reply);
        QCOMPARE(reply->records.size(), 2u);
        QCOMPARE(reply->records[0].target, std::string("edge.example.net"));
        QCOMPARE(reply->records[1].owner, std::string("edge.example.net"));
        QCOMPARE(toString(reply->records[1].address), std::string("9.8.7.6"));
    }

    void onlyWhatTheQuestionLeadsToCounts()
    {
        const std::vector<Record> records{
            address("c.test", Ipv4::of(3, 3, 3, 3)), alias("b.test", "c.test"), alias("a.test", "b.test"),
            address("stranger.test", Ipv4::of(6, 6, 6, 6)), address("a.test", Ipv4::of(1, 1, 1, 1))};
        const auto reachable = reachableFrom("a.test", records);
        QCOMPARE(reachable.size(), 3u);
        QCOMPARE(reachable[2].owner, std::string("c.test"));
    }

    void aLoopOfAliasesEnds()
    {
        const auto reachable =
            reachableFrom("a.test", {alias("a.test", "b.test"), alias("b.test", "a.test")});
        QVERIFY(reachable.size() <= 16);
    }

    void aReplyToAnotherQuestionIsNotRelayed()
    {
        Query other = query();
        const auto reply = buildAnswer(other, Rcode::NoError, {}, 512);
        QVERIFY(!relayReply(other, reply, 512).empty());
        other.question[1] = 'x';
        QVERIFY(relayReply(other, reply, 512).empty());
    }

    void aRelayedReplyHasTheAskersIdAndCase()
    {
        Query upstream = query();
        upstream.id = 0x9999;
        for (uint8_t &c : upstream.question)
            c = (c >= 'A' && c <= 'Z') ? uint8_t(c + 32) : c;
        const auto relayed = relayReply(query(), buildAnswer(upstream, Rcode::NoError, {}, 512), 512);
        QCOMPARE(toHex(relayed), toHex(fromHex("1234 8180 0001 0000 0000 0000" + Question)));
    }

    void pointersNameTheirAddress_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("address");
        QTest::newRow("an address") << QByteArray("254.127.168.192.in-addr.arpa")
                                    << QByteArray("192.168.127.254");
        QTest::newRow("IPv6") << QByteArray("1.0.ip6.arpa") << QByteArray();
        QTest::newRow("too short") << QByteArray("127.168.192.in-addr.arpa") << QByteArray();
    }
    void pointersNameTheirAddress()
    {
        QFETCH(QByteArray, name);
        const auto found = addressOfPointer(name.toStdString());
        QTEST(found ? QByteArray::fromStdString(toString(*found)) : QByteArray(), "address");
    }
};

QTEST_APPLESS_MAIN(TestDnsMessage)
#include "tst_dnsmessage.moc"
