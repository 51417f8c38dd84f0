#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/inspect/firstbytes.h"

#include "tests/net/inspect/realhellos.h"
#include "tests/net/inspect/streams.h"

using namespace boxgate::net;
using namespace boxgate::net::test;

namespace {

using Finding = FirstBytes::Finding;

QByteArray hex(const QByteArray &text) { return QByteArray::fromHex(text); }

/// Adds the stream in pieces that end at the cuts.
FirstBytes fed(const QByteArray &stream, const std::vector<size_t> &cuts)
{
    FirstBytes bytes;
    size_t begin = 0;
    for (const size_t cut : cuts) {
        bytes.add(bytesOf(stream).subspan(begin, cut - begin));
        begin = cut;
    }
    return bytes;
}

FirstBytes fedWhole(const QByteArray &stream) { return fed(stream, {size_t(stream.size())}); }

Finding findingOf(FirstBytes bytes) { return bytes.add({}); }

/// A head of that many bytes.
QByteArray headOf(qsizetype size)
{
    const QByteArray begin = "GET / HTTP/1.1\r\nHost: a.example\r\nCookie: ";
    return begin + QByteArray(size - begin.size() - 4, 'c') + "\r\n\r\n";
}

/// A hello whose message has that many bytes, in records of that many.
QByteArray helloOf(qsizetype size, qsizetype recordSize)
{
    HelloParts parts;
    const auto message = [&](qsizetype padding) {
        parts.extensions = sized(2, serverName("a.example") + extension(21, QByteArray(padding, '\0')));
        return parts.message();
    };
    return records(message(size - message(0).size()), recordSize);
}

} // namespace

class TestFirstBytes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void howeverTheStreamIsCutTheFindingIsTheSame_data();
    void howeverTheStreamIsCutTheFindingIsTheSame()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArray, name);
        for (const auto &cuts : cuttings(size_t(stream.size()))) {
            const FirstBytes bytes = fed(stream, cuts);
            QTEST(int(bytes.finish()), "finding");
            QTEST(int(findingOf(bytes)), "finding");
            QCOMPARE(QByteArray::fromStdString(bytes.name()), name);
            QTEST(int(bytes.source()), "source");
        }
    }

    void finishingFailsClosed_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<int>("finding");
        QTest::newRow("nothing") << QByteArray() << int(Finding::NotInspected);
        QTest::newRow("half a hello") << hex(OpenSslHello).first(100) << int(Finding::NoName);
        QTest::newRow("a first byte of TLS") << hex("16") << int(Finding::NoName);
        QTest::newRow("half a head") << QByteArray("GET / HTTP/1.1\r\n") << int(Finding::NoName);
        QTest::newRow("half a method") << QByteArray("GE") << int(Finding::NoName);
        QTest::newRow("a line end") << QByteArray("\r\n") << int(Finding::NoName);
        QTest::newRow("SSH") << QByteArray("SSH-2.0-x\r\n") << int(Finding::NotInspected);
        QTest::newRow("a whole head") << headOf(100) << int(Finding::Named);
    }
    void finishingFailsClosed()
    {
        QFETCH(QByteArray, stream);
        QTEST(int(fedWhole(stream).finish()), "finding");
    }

    void whatGoesOnBeyondTheBoundHasNoName_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<int>("finding");
        const qsizetype most = qsizetype(FirstBytes::MaxHeld);
        QTest::newRow("a head that fits") << headOf(most) << int(Finding::Named);
        QTest::newRow("a head of one byte more") << headOf(most + 1) << int(Finding::NoName);
        QTest::newRow("a hello that fits") << helloOf(most - 5, most) << int(Finding::Named);
        QTest::newRow("a hello of one byte more") << helloOf(most - 4, most) << int(Finding::NoName);
        QTest::newRow("a hello in records of one byte") << helloOf(most / 2, 1) << int(Finding::NoName);
        QTest::newRow("empty lines") << QByteArray(most, '\n') << int(Finding::NoName);
        QTest::newRow("a word without end") << QByteArray(most, 'x') << int(Finding::NoName);
        QTest::newRow("a segment of 64 KiB") << QByteArray(65'000, 'x') << int(Finding::NoName);
        QTest::newRow("a head that fits, with its body")
            << headOf(most) + QByteArray(65'000, 'b') << int(Finding::Named);
    }
    void whatGoesOnBeyondTheBoundHasNoName()
    {
        QFETCH(QByteArray, stream);
        for (const size_t piece : {size_t(stream.size()), size_t(1), size_t(1448), FirstBytes::MaxHeld}) {
            FirstBytes bytes;
            for (auto rest = bytesOf(stream); !rest.empty();) {
                const size_t count = std::min(piece, rest.size());
                bytes.add(rest.first(count));
                rest = rest.subspan(count);
                QVERIFY(bytes.heldBytes() <= FirstBytes::MaxHeld);
            }
            QTEST(int(findingOf(bytes)), "finding");
            QCOMPARE(bytes.heldBytes(), size_t(0));
        }
    }

    void aFirstSegmentThatIsEnoughIsNotCopied()
    {
        FirstBytes bytes;
        QCOMPARE(bytes.heldBytes(), size_t(0));
        const QByteArray hello = hex(CurlHello);
        QCOMPARE(bytes.add(bytesOf(hello)), Finding::Named);
        QCOMPARE(bytes.heldBytes(), size_t(0));

        FirstBytes slow; // the control: what is incomplete is held, at about its size
        QCOMPARE(slow.add(bytesOf(hello).first(100)), Finding::NeedMore);
        QVERIFY(slow.heldBytes() >= 100 && slow.heldBytes() < 200);
        QCOMPARE(slow.add(bytesOf(hello).subspan(100)), Finding::Named);
        QCOMPARE(slow.heldBytes(), size_t(0));
    }

    void aFindingStays()
    {
        FirstBytes bytes;
        const QByteArray first = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        const QByteArray second = "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n";
        QCOMPARE(bytes.add(bytesOf(first)), Finding::Named);
        QCOMPARE(bytes.add(bytesOf(second)), Finding::Named);
        QCOMPARE(bytes.name(), std::string("a.example"));

        FirstBytes other;
        QCOMPARE(other.add(bytesOf(hex("00"))), Finding::NotInspected);
        QCOMPARE(other.add(bytesOf(first)), Finding::NotInspected);
        QCOMPARE(other.name(), std::string());
    }

    void anEncryptedHelloIsReported()
    {
        QVERIFY(fedWhole(helloWith(serverName("a.example") + extension(0xfe0d, "x"))).hasEncryptedHello());
        QVERIFY(!fedWhole(helloWith(serverName("a.example"))).hasEncryptedHello());
    }

    void aFirstSegmentMayNameItsHost_data()
    {
        QTest::addColumn<QByteArray>("segment");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("source");
        QTest::newRow("a hello") << hex(NodeHello) << QByteArray("node.example.com") << int(NameSource::Sni);
        QTest::newRow("a head") << headOf(200) << QByteArray("a.example") << int(NameSource::Host);
        QTest::newRow("nothing") << QByteArray() << QByteArray() << int(NameSource::None);
        QTest::newRow("half a hello") << hex(NodeHello).chopped(1) << QByteArray() << int(NameSource::None);
        QTest::newRow("half a head") << headOf(200).chopped(1) << QByteArray() << int(NameSource::None);
        QTest::newRow("a hello without a name") << helloWith({}) << QByteArray() << int(NameSource::None);
        QTest::newRow("a malformed head")
            << QByteArray("GET / HTTP/1.1\r\n\r\n") << QByteArray() << int(NameSource::None);
        QTest::newRow("SSH") << QByteArray("SSH-2.0-x\r\n") << QByteArray() << int(NameSource::None);
    }
    void aFirstSegmentMayNameItsHost()
    {
        QFETCH(QByteArray, segment);
        const auto found = nameIn(bytesOf(segment));
        QTEST(found ? QByteArray::fromStdString(found->first) : QByteArray(), "name");
        QTEST(int(found ? found->second : NameSource::None), "source");
    }
};

void TestFirstBytes::howeverTheStreamIsCutTheFindingIsTheSame_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("finding");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("source");
    const auto named = [](const char *title, const QByteArray &stream, const QByteArray &name,
                          NameSource source) {
        QTest::newRow(title) << stream << int(Finding::Named) << name << int(source);
    };
    const auto unnamed = [](const char *title, Finding finding, const QByteArray &stream) {
        QTest::newRow(title) << stream << int(finding) << QByteArray() << int(NameSource::None);
    };
    named("a hello", hex(CurlHello), "curl.example.com", NameSource::Sni);
    named("a hello in two records", records(hex(CurlHello).mid(5), 300), "curl.example.com", NameSource::Sni);
    named("a head", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example", NameSource::Host);
    named("a head with a body", "POST / HTTP/1.1\r\nHost: a.example\r\n\r\nbody", "a.example",
          NameSource::Host);
    named("CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "a.example",
          NameSource::Host);

    unnamed("a hello without a name", Finding::NoName, helloWith(extension(10, hex("0002001d"))));
    unnamed("a hello with two names", Finding::NoName,
            helloWith(serverName("a.example") + serverName("b.example")));
    unnamed("a hello for an address", Finding::NoName, helloWith(serverName("192.0.2.1")));
    unnamed("an alert before the hello", Finding::NoName, hex("15030100020100") + hex(CurlHello));
    unnamed("SSL 2", Finding::NoName, hex("802e0103010015000000 10") + QByteArray(37, 'c'));
    unnamed("a head for an address", Finding::NoName, "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n");
    unnamed("a head without Host", Finding::NoName, "GET / HTTP/1.1\r\n\r\n");
    unnamed("a head with two", Finding::NoName,
            "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n");
    unnamed("HTTP/0.9", Finding::NoName, "GET http://b.example/\r\n");
    unnamed("HTTP/2 without TLS", Finding::NoName, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    unnamed("SSH", Finding::NotInspected, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
    unnamed("PostgreSQL", Finding::NotInspected, hex("0000000804d2162f"));
    unnamed("PostgreSQL, then a hello", Finding::NotInspected, hex("0000000804d2162f") + hex(CurlHello));
    unnamed("Redis", Finding::NotInspected, "*1\r\n$4\r\nPING\r\n");
    unnamed("Redis, inline", Finding::NotInspected, "GET key\r\n");
    unnamed("memcached", Finding::NotInspected, "get key\r\n");
    unnamed("SMTP", Finding::NotInspected, "EHLO mail.example\r\nSTARTTLS\r\n");
    unnamed("MQTT", Finding::NotInspected, hex("101000044d515454 04 02 003c 0004") + "test");
    unnamed("MySQL", Finding::NotInspected, hex("2000000185ae7f0000000001"));
    unnamed("git", Finding::NotInspected,
            QByteArray("0032git-upload-pack /project.git\0host=a.example\0", 49));
    unnamed("binary", Finding::NotInspected, hex("deadbeef00112233"));
}

QTEST_APPLESS_MAIN(TestFirstBytes)
#include "tst_firstbytes.moc"
