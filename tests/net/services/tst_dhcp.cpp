#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/services/dhcp.h"

#include "net/addressplan.h"
#include "net/wire/byteorder.h"

using namespace boxgate::net;

namespace {

std::vector<uint8_t> request(uint8_t type, Ipv4 wanted = plan::Guest)
{
    std::vector<uint8_t> message(240, 0);
    message.reserve(300);
    message[0] = 1;
    message[1] = 1;
    message[2] = 6;
    storeBe32(message.data() + 4, 0xcafebabe);
    std::ranges::copy(plan::GuestMac, message.begin() + 28);
    storeBe32(message.data() + 236, 0x63825363);
    uint8_t address[4];
    storeBe32(address, wanted.value);
    message.insert(message.end(), {53, 1, type, 50, 4, address[0], address[1], address[2], address[3], 255});
    return message;
}

/// The value of an option as hex; "none" without it.
QByteArray option(const std::vector<uint8_t> &message, uint8_t code)
{
    for (size_t at = 240; at + 1 < message.size() && message[at] != 255; at += 2 + size_t(message[at + 1])) {
        if (message[at] == code)
            return QByteArray(reinterpret_cast<const char *>(message.data()) + at + 2, message[at + 1])
                .toHex();
    }
    return "none";
}

} // namespace

class TestDhcp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesTheOneAddress_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("discover is offered") << 1 << QByteArray("02");
        QTest::newRow("request is acknowledged") << 3 << QByteArray("05");
    }
    void givesTheOneAddress()
    {
        QFETCH(int, type);
        const auto reply = answerDhcp(request(uint8_t(type)), {9000, {"local"}});
        QVERIFY(reply);
        QTEST(option(*reply, 53), "answer");
        QCOMPARE(loadBe32(reply->data() + 4), 0xcafebabe);
        QCOMPARE(loadBe32(reply->data() + 16), plan::Guest.value);
        QCOMPARE(option(*reply, 1), QByteArray("ffffff00"));
        QCOMPARE(option(*reply, 3), QByteArray("c0a87f01"));
        QCOMPARE(option(*reply, 6), QByteArray("c0a87f01"));
        QCOMPARE(option(*reply, 26), QByteArray("2328"));
        QCOMPARE(option(*reply, 15), QByteArray("local").toHex());
        QCOMPARE(option(*reply, 119), QByteArray("none"));
    }

    void namesTheSearchDomains_data()
    {
        QTest::addColumn<QStringList>("domains");
        QTest::addColumn<QByteArray>("name"); // option 15
        QTest::addColumn<QByteArray>("list"); // option 119
        const QString label(63, 'a');
        const QString longest = QStringList{label, label, label, QString(61, 'a')}.join('.');
        const QString half = QStringList{label, label}.join('.');
        const QByteArray halfList =
            QByteArray(1, 63) + QByteArray(63, 'a') + char(63) + QByteArray(63, 'a') + '\0';
        const QByteArray none = "none";
        QTest::newRow("none at all") << QStringList() << none << none;
        QTest::newRow("one") << QStringList{"local"} << QByteArray("local").toHex() << none;
        QTest::newRow("two") << QStringList{"corp.example", "local"} << QByteArray("corp.example").toHex()
                             << QByteArray("\4corp\7example\0\5local\0", 21).toHex();
        QTest::newRow("capitals and a dot at the end")
            << QStringList{"Corp.", "LOCAL"} << QByteArray("corp").toHex()
            << QByteArray("\4corp\0\5local\0", 13).toHex();
        QTest::newRow("what is no name is left out")
            << QStringList{"",          ".",         "a..b", ".a", "two words", "line\nbreak",
                           "caf\u00e9", label + "a", "a",    "b"}
            << QByteArray("a").toHex() << QByteArray("\1a\0\1b\0", 6).toHex();
        QTest::newRow("one is left") << QStringList{"no name", "a"} << QByteArray("a").toHex() << none;
        QTest::newRow("the longest name") << QStringList{longest} << longest.toLatin1().toHex() << none;
        QTest::newRow("longer than a name can be") << QStringList{longest + "a"} << none << none;
        QTest::newRow("no room for a list after the longest name")
            << QStringList{longest, "a"} << longest.toLatin1().toHex() << none;
        QTest::newRow("as many as the list holds")
            << QStringList{"a", half, "b", half, "c"} << QByteArray("a").toHex()
            << ("\1a" + QByteArray(1, '\0') + halfList + "\1b" + QByteArray(1, '\0')).toHex();
    }
    void namesTheSearchDomains()
    {
        QFETCH(QStringList, domains);
        DhcpSettings settings;
        for (const QString &domain : domains)
            settings.searchDomains.push_back(domain.toStdString());
        const auto reply = answerDhcp(request(1), settings);
        QVERIFY(reply);
        QVERIFY(reply->size() <= LargestDhcpReply);
        QTEST(option(*reply, 15), "name");
        QTEST(option(*reply, 119), "list");
    }

    void refusesAnotherAddress()
    {
        const auto reply = answerDhcp(request(3, Ipv4::of(192, 168, 127, 9)), {});
        QVERIFY(reply);
        QCOMPARE(option(*reply, 53), QByteArray("06"));
        QCOMPARE(loadBe32(reply->data() + 16), 0u);
    }

    void ignoresWhatIsNoRequest()
    {
        QVERIFY(!answerDhcp({}, {}));
        QVERIFY(!answerDhcp(request(7), {})); // a release
        std::vector<uint8_t> stranger = request(1);
        stranger[28] ^= 1; // another MAC: no second address to hand out
        QVERIFY(!answerDhcp(stranger, {}));
        std::vector<uint8_t> cut = request(1);
        cut.resize(241);
        QVERIFY(!answerDhcp(cut, {}));
    }
};

QTEST_APPLESS_MAIN(TestDhcp)
#include "tst_dhcp.moc"
