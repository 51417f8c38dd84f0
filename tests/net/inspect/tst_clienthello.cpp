#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/inspect/clienthello.h"

#include "tests/net/inspect/realhellos.h"
#include "tests/net/inspect/streams.h"

using namespace boxgate::net;
using namespace boxgate::net::test;

namespace {

using State = ClientHelloReader::State;

QByteArray hex(const QByteArray &text) { return QByteArray::fromHex(text); }

/// The message inside a stream of one record.
QByteArray messageOf(const QByteArray &stream) { return stream.mid(5); }

/// Shows the stream in growing pieces.
ClientHelloReader fed(const QByteArray &stream, const std::vector<size_t> &cuts)
{
    ClientHelloReader reader;
    for (const size_t cut : cuts)
        reader.read(bytesOf(stream).first(cut));
    return reader;
}

State stateOf(ClientHelloReader reader, const QByteArray &stream) { return reader.read(bytesOf(stream)); }

State whole(const QByteArray &stream) { return stateOf(ClientHelloReader(), stream); }

/// How many bytes of the stream it takes until it is not NeedMore; 0: it never is.
size_t bytesUntilDecided(const QByteArray &stream)
{
    ClientHelloReader reader;
    for (size_t count = 1; count <= size_t(stream.size()); ++count) {
        if (reader.read(bytesOf(stream).first(count)) != State::NeedMore)
            return count;
    }
    return 0;
}

/// supported_groups and key_share of a client with X25519MLKEM768 and X25519: 1,216 and 32 bytes of keys.
QByteArray postQuantumKeys()
{
    return extension(10, hex("000411ec001d"))
        + extension(51,
                    sized(2,
                          hex("11ec") + sized(2, QByteArray(1216, 'k')) + hex("001d")
                              + sized(2, QByteArray(32, 'x'))));
}

/// What a Chrome of 2025 puts into a hello: GREASE everywhere, ECH, post-quantum keys.
QByteArray browserHello()
{
    HelloParts parts;
    parts.suites = sized(2, hex("dada130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035"));
    parts.extensions = sized(2,
                             extension(0xaaaa, {}) + extension(23, {}) + postQuantumKeys()
                                 + extension(16, hex("000c02683208687474702f312e31"))
                                 + extension(0xfe0d, hex("0000010001") + QByteArray(200, 'e'))
                                 + serverName("shop.example.com") + extension(43, hex("06baba03040303"))
                                 + extension(0x3a3a, QByteArray(1, '\0')));
    return record(parts.message());
}

} // namespace

class TestClientHello : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHelloNamesItsServer_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("openssl s_client") << hex(OpenSslHello) << QByteArray("db.example.com");
        QTest::newRow("curl") << hex(CurlHello) << QByteArray("curl.example.com");
        QTest::newRow("GnuTLS") << hex(GnuTlsHello) << QByteArray("localhost");
        QTest::newRow("Node.js") << hex(NodeHello) << QByteArray("node.example.com");
        QTest::newRow("Python") << hex(PythonHello) << QByteArray("www.example.com");
        QTest::newRow("a browser's, post-quantum") << browserHello() << QByteArray("shop.example.com");
        QTest::newRow("a trailing dot") << helloWith(serverName("a.example.")) << QByteArray("a.example");
        QTest::newRow("an underscore")
            << helloWith(serverName("_x.a-b.example")) << QByteArray("_x.a-b.example");
        const QByteArray longest = (QByteArray(63, 'a') + '.').repeated(3) + QByteArray(61, 'b');
        QTest::newRow("the longest name") << helloWith(serverName(longest)) << longest;
        QTest::newRow("after unknown extensions")
            << helloWith(extension(0x0a0a, {}) + extension(0xffff, "x") + serverName("a.example"))
            << QByteArray("a.example");
        HelloParts parts;
        parts.sessionId = sized(1, {});
        QTest::newRow("no session id") << record(parts.message()) << QByteArray("www.example.com");
        parts.version = hex("0300");
        QTest::newRow("SSL 3") << record(parts.message(), hex("160300")) << QByteArray("www.example.com");
        QTest::newRow("an unknown minor version")
            << record(parts.message(), hex("1603ff")) << QByteArray("www.example.com");
        QTest::newRow("early data after it")
            << record(HelloParts().message()) + hex("140303000101 1703030005 0102030405")
            << QByteArray("www.example.com");

        QTest::newRow("no extensions at all: no name") << [] {
            HelloParts bare;
            bare.extensions.clear();
            return record(bare.message());
        }() << QByteArray();
        QTest::newRow("an empty list of extensions: no name") << helloWith({}) << QByteArray();
        QTest::newRow("no server_name: no name") << helloWith(extension(10, hex("0002001d"))) << QByteArray();
        QTest::newRow("an IPv4 address: no name") << helloWith(serverName("192.0.2.1")) << QByteArray();
        QTest::newRow("an address of one number: no name")
            << helloWith(serverName("3221225985")) << QByteArray();
    }
    void aHelloNamesItsServer()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArray, name);
        for (const auto &cuts : cuttings(size_t(stream.size()))) {
            ClientHelloReader reader = fed(stream, cuts);
            QCOMPARE(stateOf(reader, stream), State::Hello);
            QCOMPARE(QByteArray::fromStdString(reader.hello().serverName), name);
        }
    }

    void aHelloMaySpanRecords_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::newRow("openssl s_client") << hex(OpenSslHello);
        QTest::newRow("Node.js") << hex(NodeHello);
        QTest::newRow("a browser's, post-quantum") << browserHello();
    }
    void aHelloMaySpanRecords()
    {
        QFETCH(QByteArray, stream);
        const QByteArray message = messageOf(stream);
        const std::string name = [&] {
            ClientHelloReader reader;
            reader.read(bytesOf(stream));
            return reader.hello().serverName;
        }();
        QVERIFY(!name.empty());
        std::vector<QByteArray> streams{records(message, 1), records(message, 3), records(message, 100)};
        for (qsizetype cut = 1; cut < message.size(); ++cut)
            streams.push_back(record(message.first(cut)) + record(message.mid(cut)));
        for (const QByteArray &split : streams) {
            QCOMPARE(bytesUntilDecided(split), size_t(split.size()));
            ClientHelloReader reader;
            QCOMPARE(reader.read(bytesOf(split)), State::Hello);
            QCOMPARE(reader.hello().serverName, name);
        }
    }

    void aHelloIsReadWhenItIsWholeAndNotBefore_data() { aHelloNamesItsServer_data(); }
    void aHelloIsReadWhenItIsWholeAndNotBefore()
    {
        QFETCH(QByteArray, stream);
        const size_t record = size_t(stream[3] << 8 & 0xff00) + uint8_t(stream[4]) + 5;
        QCOMPARE(bytesUntilDecided(stream), record);
    }

    void anEncryptedHelloIsReported_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<bool>("isEncrypted");
        QTest::newRow("a browser's") << browserHello() << true;
        QTest::newRow("without a name outside") << helloWith(extension(0xfe0d, "x")) << true;
        QTest::newRow("openssl s_client") << hex(OpenSslHello) << false;
        QTest::newRow("GREASE of another number") << helloWith(extension(0x1a1a, "x")) << false;
    }
    void anEncryptedHelloIsReported()
    {
        QFETCH(QByteArray, stream);
        ClientHelloReader reader;
        QCOMPARE(reader.read(bytesOf(stream)), State::Hello);
        QTEST(reader.hello().hasEncryptedHello, "isEncrypted");
    }

    void aHelloNotToRelyOnIsMalformed_data();
    void aHelloNotToRelyOnIsMalformed()
    {
        QFETCH(QByteArray, stream);
        for (const auto &cuts : cuttings(size_t(stream.size())))
            QCOMPARE(stateOf(fed(stream, cuts), stream), State::Malformed);
    }

    void aLengthThatLiesIsNoHello_data();
    void aLengthThatLiesIsNoHello()
    {
        QFETCH(int, offset);
        QFETCH(int, bytes);
        const QByteArray honest = helloWith(serverName("www.example.com") + extension(10, hex("0002001d")));
        QCOMPARE(whole(honest), State::Hello);
        uint32_t length = 0;
        for (int i = 0; i < bytes; ++i)
            length = length << 8 | uint8_t(honest[offset + i]);
        const uint32_t highest = (1u << 8 * bytes) - 1;
        for (const uint32_t lie : {length - 1, length + 1, 0u, length * 2, highest, highest - 1}) {
            QByteArray stream = honest;
            stream.replace(offset, bytes, number(lie, bytes));
            const State state = whole(stream);
            QVERIFY2(state == State::Malformed || state == State::NeedMore, qPrintable(QString::number(lie)));
            stream += QByteArray(70'000, '\0'); // and when all that it promises comes
            QCOMPARE(whole(stream), State::Malformed);
        }
    }

    void aFlippedBitNeverGivesAnotherName()
    {
        const QByteArray name = "www.example.com";
        const QByteArray honest = helloWith(serverName(name) + extension(10, hex("0002001d")));
        const qsizetype at = honest.indexOf(name);
        int named = 0;
        for (qsizetype bit = 0; bit < honest.size() * 8; ++bit) {
            const qsizetype byte = bit / 8;
            QByteArray stream = honest;
            stream[byte] = char(stream[byte] ^ (1 << bit % 8));
            ClientHelloReader reader;
            if (reader.read(bytesOf(stream)) != State::Hello || (byte >= at && byte < at + name.size()))
                continue;
            const std::string read = reader.hello().serverName;
            QVERIFY2(read.empty() || read == name.toStdString(), qPrintable(QString::number(byte)));
            named += read.empty() ? 0 : 1;
        }
        QVERIFY(named > 200); // the random, the session and the suites have no say
    }

    void anotherProtocolIsNotHeld_data();
    void anotherProtocolIsNotHeld()
    {
        QFETCH(QByteArray, stream);
        QFETCH(int, bytes);
        QCOMPARE(bytesUntilDecided(stream), size_t(bytes));
        for (const auto &cuts : cuttings(size_t(stream.size())))
            QCOMPARE(stateOf(fed(stream, cuts), stream), State::NotTls);
    }

    void whatIsDecidedStays()
    {
        ClientHelloReader reader;
        QByteArray stream = hex(OpenSslHello);
        QCOMPARE(reader.read(bytesOf(stream)), State::Hello);
        stream += record(HelloParts().message());
        QCOMPARE(reader.read(bytesOf(stream)), State::Hello);
        QCOMPARE(reader.hello().serverName, std::string("db.example.com"));
    }

    void aHelloAboveTheBoundIsRefusedByItsHeader()
    {
        HelloParts parts;
        const auto padded = [&](qsizetype size) {
            parts.extensions = sized(2, serverName("a.example") + extension(21, QByteArray(size, '\0')));
            return parts.message();
        };
        const qsizetype room = qsizetype(ClientHelloReader::MaxMessage) - padded(0).size();
        QCOMPARE(whole(record(padded(room))), State::Hello);
        QCOMPARE(bytesUntilDecided(records(padded(room + 1), 1000)), 9u);
        QCOMPARE(whole(records(padded(room + 1), 1000)), State::Malformed);
    }
};

void TestClientHello::aHelloNotToRelyOnIsMalformed_data()
{
    QTest::addColumn<QByteArray>("stream");
    const auto with = [](auto change) {
        HelloParts parts;
        change(parts);
        return record(parts.message());
    };
    const QByteArray hello = record(HelloParts().message());
    QTest::newRow("two server_name extensions")
        << helloWith(serverName("a.example") + serverName("b.example"));
    QTest::newRow("the same server_name twice")
        << helloWith(serverName("a.example") + extension(10, "x") + serverName("a.example"));
    QTest::newRow("two host names in the list") << helloWith(
        extension(0, sized(2, hex("00") + sized(2, "a.example") + hex("00") + sized(2, "b.example"))));
    QTest::newRow("a name of another type")
        << helloWith(extension(0, sized(2, hex("01") + sized(2, "a.example"))));
    QTest::newRow("a host name, then one of another type")
        << helloWith(extension(0, sized(2, hex("00") + sized(2, "a.example") + hex("01") + sized(2, "b"))));
    QTest::newRow("an empty server_name") << helloWith(extension(0, {}));
    QTest::newRow("an empty list of names") << helloWith(extension(0, sized(2, {})));
    QTest::newRow("bytes after the list of names")
        << helloWith(extension(0, sized(2, hex("00") + sized(2, "a.example")) + "x"));
    const auto name = [](const char *title, const QByteArray &text) {
        QTest::newRow(title) << helloWith(serverName(text));
    };
    name("an empty name", {});
    name("a NUL in the name", QByteArray("a.example\0.b.example", 20));
    name("a NUL at the end of the name", QByteArray("a.example\0", 10));
    name("a space in the name", "a b.example");
    name("a line end in the name", "a.example\r\n");
    name("an empty label", "a..example");
    name("a dot at the beginning", ".example");
    name("two dots at the end", "a.example..");
    name("a dot alone", ".");
    name("a label of 64", QByteArray(64, 'a') + ".example");
    name("a name of 254", (QByteArray(63, 'a') + '.').repeated(3) + QByteArray(62, 'b'));
    name("a port", "a.example:443");
    name("IPv6", "2001:db8::1");
    name("IPv6 in brackets", "[::1]");
    name("a wildcard", "*.example");
    name("UTF-8",
         "b\xc3\xbc"
         "cher.example");
    name("a slash", "a.example/b.example");
    name("a percent sign", "a%2eexample");
    QTest::newRow("two ECH extensions") << helloWith(extension(0xfe0d, "x") + extension(0xfe0d, "y"));

    QTest::newRow("a session id of 33")
        << with([](HelloParts &parts) { parts.sessionId = sized(1, QByteArray(33, 's')); });
    QTest::newRow("no cipher suites") << with([](HelloParts &parts) { parts.suites = sized(2, {}); });
    QTest::newRow("half a cipher suite") << with([](HelloParts &parts) { parts.suites = sized(2, "abc"); });
    QTest::newRow("no compression methods")
        << with([](HelloParts &parts) { parts.compressions = sized(1, {}); });
    QTest::newRow("version 2") << with([](HelloParts &parts) { parts.version = hex("0200"); });
    QTest::newRow("bytes after the extensions") << with([](HelloParts &parts) { parts.extensions += 'x'; });
    QTest::newRow("one byte of extensions") << with([](HelloParts &parts) { parts.extensions = "x"; });
    QTest::newRow("half an extension") << helloWith(serverName("a.example") + hex("000a00"));
    QTest::newRow("an empty message") << record(hex("01000000"));
    QTest::newRow("a server's hello") << record(hex("02") + HelloParts().message().mid(1));
    QTest::newRow("a hello request first") << record(hex("00000000")) + hello;
    QTest::newRow("two messages in a record") << record(HelloParts().message() + HelloParts().message());
    QTest::newRow("the next message begins in the same record") << record(HelloParts().message() + hex("01"));
    QTest::newRow("an empty record first") << record({}) + hello;
    QTest::newRow("an empty record between")
        << record(HelloParts().message().first(10)) + record({}) + record(HelloParts().message().mid(10));
    QTest::newRow("a record above 16 KiB") << hex("1603014001");
    QTest::newRow("an alert first") << hex("15030100020100") + hello;
    QTest::newRow("an alert between the records") << record(HelloParts().message().first(10))
            + hex("15030100020100") + record(HelloParts().message().mid(10));
    QTest::newRow("a change of cipher first") << hex("140301000101") + hello;
    QTest::newRow("application data first") << hex("1703030001") + "x" + hello;
    QTest::newRow("a heartbeat first") << hex("18030100030100") + hello;
    QTest::newRow("a record of version 0") << record(HelloParts().message(), hex("160000"));
    QTest::newRow("a record of version 15") << record(HelloParts().message(), hex("160f00"));
    QTest::newRow("an alert of version 4") << hex("15040000020100") + hello;
    QTest::newRow("the second record of another version")
        << record(HelloParts().message().first(10)) + record(HelloParts().message().mid(10), hex("160401"));
    QTest::newRow("the second record of another type")
        << record(HelloParts().message().first(10)) + record(HelloParts().message().mid(10), hex("170301"));
    QTest::newRow("SSL 2 that offers SSL 3") << hex("802e 01 0301 0015 0000 0010") + QByteArray(37, 'c');
    QTest::newRow("SSL 2") << hex("802e 01 0002 0015 0000 0010") + QByteArray(37, 'c');
}

void TestClientHello::aLengthThatLiesIsNoHello_data()
{
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("bytes");
    QTest::newRow("of the record") << 3 << 2;
    QTest::newRow("of the message") << 6 << 3;
    QTest::newRow("of the session id") << 43 << 1;
    QTest::newRow("of the cipher suites") << 76 << 2;
    QTest::newRow("of the compression methods") << 86 << 1;
    QTest::newRow("of the extensions") << 88 << 2;
    QTest::newRow("of server_name") << 92 << 2;
    QTest::newRow("of the list of names") << 94 << 2;
    QTest::newRow("of the name") << 97 << 2;
    QTest::newRow("of the last extension") << 116 << 2;
}

void TestClientHello::anotherProtocolIsNotHeld_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("bytes");
    const auto row = [](const char *title, const QByteArray &stream, int bytes) {
        QTest::newRow(title) << stream << bytes;
    };
    row("HTTP", "GET / HTTP/1.1\r\n", 1);
    row("SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", 1);
    row("PostgreSQL", hex("00000008 04d2162f"), 1);
    row("MQTT", hex("101000044d515454 04 02 003c 0004") + "test", 1);
    row("BitTorrent", QByteArray("\x13") + "BitTorrent protocol", 1);
    row("memcached, binary", hex("80 00 0003 00 00 0000 00000003") + "key", 2);
    row("Thrift", hex("80010001 00000004") + "ping", 2);
    row("NFS, a record of 40 bytes", hex("80000028 12345678"), 2);
    row("NFS, a record of 259 bytes", hex("80000103 03001234"), 2);
    row("telnet, IAC DO ECHO", hex("fffd01fffd03"), 1);
    row("UTF-8", QByteArray("\xc3\xa9t\xc3\xa9"), 1);
    row("SSL 2 with another message", hex("802e 04 0301 0015"), 3);
    row("SSL 2 with another version", hex("802e 01 0401 0015"), 5);
    row("Minecraft, 22 bytes", hex("1600fd05 10") + "play.example.com" + hex("63dd01"), 6);
    row("22 and a version above 15", hex("16100000"), 2);
    row("20 and another version", hex("14010000"), 2);
    row("an alert of another size and version", hex("150000030100"), 6);
}

QTEST_APPLESS_MAIN(TestClientHello)
#include "tst_clienthello.moc"
