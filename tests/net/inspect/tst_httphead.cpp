#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/inspect/httphead.h"

#include "tests/net/inspect/streams.h"

using namespace boxgate::net;
using namespace boxgate::net::test;

namespace {

using State = HttpHeadReader::State;

HttpHeadReader fed(const QByteArray &stream, const std::vector<size_t> &cuts)
{
    HttpHeadReader reader;
    for (const size_t cut : cuts)
        reader.read(bytesOf(stream).first(cut));
    return reader;
}

State stateOf(HttpHeadReader reader, const QByteArray &stream) { return reader.read(bytesOf(stream)); }

State whole(const QByteArray &stream) { return stateOf(HttpHeadReader(), stream); }

size_t bytesUntilDecided(const QByteArray &stream)
{
    HttpHeadReader reader;
    for (size_t count = 1; count <= size_t(stream.size()); ++count) {
        if (reader.read(bytesOf(stream).first(count)) != State::NeedMore)
            return count;
    }
    return 0;
}

/// A row whose title is its stream.
void row(const QByteArray &stream) { QTest::newRow(stream.toPercentEncoding(" /:*.").constData()) << stream; }
void row(const QByteArray &stream, const QByteArray &host)
{
    QTest::newRow(stream.toPercentEncoding(" /:*.").constData()) << stream << host;
}

} // namespace

class TestHttpHead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHeadNamesItsHost_data();
    void aHeadNamesItsHost()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArray, host);
        QCOMPARE(bytesUntilDecided(stream), size_t(stream.size()));
        stream += "body\n\nGET / HTTP/1.1\r\nHost: another.example\r\n\r\n";
        for (const auto &cuts : cuttings(size_t(stream.size()))) {
            HttpHeadReader reader = fed(stream, cuts);
            QCOMPARE(stateOf(reader, stream), State::Head);
            QCOMPARE(QByteArray::fromStdString(reader.host()), host);
        }
    }

    void aHeadNotToRelyOnIsMalformed_data();
    void aHeadNotToRelyOnIsMalformed()
    {
        QFETCH(QByteArray, stream);
        for (const auto &cuts : cuttings(size_t(stream.size())))
            QCOMPARE(stateOf(fed(stream, cuts), stream), State::Malformed);
    }

    void anotherProtocolIsNotHeld_data();
    void anotherProtocolIsNotHeld()
    {
        QFETCH(QByteArray, stream);
        QFETCH(int, bytes);
        QCOMPARE(bytesUntilDecided(stream), size_t(bytes));
        for (const auto &cuts : cuttings(size_t(stream.size())))
            QCOMPARE(stateOf(fed(stream, cuts), stream), State::NotHttp);
    }

    void whatMayBecomeHttpIsHeld_data()
    {
        QTest::addColumn<QByteArray>("stream");
        row("G");
        row("GET");
        row("GET ");
        row("GET /");
        row("GET / HTTP/1.1");
        row("GET / HTTP/1.1\r");
        row("GET / HTTP/1.1\r\n");
        row("GET / HTTP/1.1\r\nHost: a.example\r\n");
        row("GET / HTTP/1.1\r\nHost: a.example\r\n\r");
        row("\r\n");
        row("\n\n");
        row(" ");
        row("anything-that-is-a-token");
        row("quit / and more");
    }
    void whatMayBecomeHttpIsHeld()
    {
        QFETCH(QByteArray, stream);
        QCOMPARE(bytesUntilDecided(stream), 0u);
        QCOMPARE(whole(stream), State::NeedMore);
    }

    void aLongHeadIsReadLineByLine()
    {
        QByteArray stream = "POST /upload HTTP/1.1\r\n";
        for (int i = 0; i < 500; ++i)
            stream += "X-" + QByteArray::number(i) + ": " + QByteArray(20, 'v') + "\r\n";
        stream += "hOST:\tA.Example:8080 \t\r\n\r\n";
        HttpHeadReader reader;
        for (size_t count = 1; count < size_t(stream.size()); ++count)
            QCOMPARE(reader.read(bytesOf(stream).first(count)), State::NeedMore);
        QCOMPARE(reader.read(bytesOf(stream)), State::Head);
        QCOMPARE(reader.host(), std::string("a.example"));
    }
};

void TestHttpHead::aHeadNamesItsHost_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("host");
    row("GET /x?y HTTP/1.1\r\nHost: curl.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
        "curl.example.com");
    row("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\nHost: a.example\n\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example\n\r\n", "a.example");
    row("\r\n\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHOST:A.Example\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nhost:   a.example  \t\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example.:8080\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nX: Host: b.example\r\nHost: a.example\r\nHost2: c.example\r\n\r\n", "a.example");
    row("GET / HTTP/1.1\r\nHost: a.example\r\nX:\r\nY: \xc3\xa9\tz\r\n\r\n", "a.example");
    row("GET /\xc3\xa9 HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET //b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET /?u=http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("propfind_x!#$ / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET / HTTP/1.9\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET HTTP://A.Example.:80/x HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET http://a.example HTTP/1.1\r\nHost: a.example:80\r\n\r\n", "a.example");
    row("GET http://a.example?b.example HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET ws+x-1.0://a.example#b HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("GET http://a.example/ HTTP/1.0\r\n\r\n", "a.example");
    row("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "a.example");
    row("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example");
    row("CONNECT a.example:443 HTTP/1.0\r\n\r\n", "a.example");

    // heads without a name
    row("GET / HTTP/1.0\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost:\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "");
    row("GET / HTTP/1.1\r\nHost: [::ffff:192.0.2.1]\r\n\r\n", "");
    row("GET http://192.0.2.1/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", "");
    row("PRI * HTTP/2.0\r\n", "");
    row("GET /\r\n", "");
    row("GET /\n", "");
    row("GET /x y\r\n", "");
    row("GET http://b.example/\r\n", "");
    row("\r\nGET \t //b.example/ \r\n", "");
}

void TestHttpHead::aHeadNotToRelyOnIsMalformed_data()
{
    QTest::addColumn<QByteArray>("stream");
    // the request line
    row("GET / HTTP/1.1 \r\n");
    row("GET  / HTTP/1.1\r\n");
    row("GET /  HTTP/1.1\r\n");
    row("GET\t/ HTTP/1.1\r\n");
    row("GET /\tHTTP/1.1\r\n");
    row("GET / b HTTP/1.1\r\n");
    row("GET /\tb HTTP/1.1\r\n");
    row("GET / HTTP/1.x\r\n");
    row("GET / HTTP/1.1 b\r\n");
    row(" GET / HTTP/1.1\r\n");
    row("\r\n\tGET / HTTP/1.1\r\n");
    row("GET / HTTP/1.1\r\r\n");
    row("GET\r/\rHTTP/1.1\r\n");
    row("GET /\x0b"
        "HTTP/1.1\n");
    row("GET HTTP/1.1\r\n");
    row("GET / http/1.1\r\n");
    row("GET / HTTP/1.10\r\n");
    row("GET / HTTP/1\r\n");
    row("GET / HTTP/2.0\r\n");
    row("GET / HTTP/0.9\r\n");
    row("GET / HTTP/\r\n");
    row("PRI * HTTP/2.1\r\n");
    row("GET x HTTP/1.1\r\n");
    row("GET a.example:80 HTTP/1.1\r\n");
    row("GET ?http://a.example/ HTTP/1.1\r\n");
    row("GET x?http://a.example/ HTTP/1.1\r\n");
    row("GET ://a.example/ HTTP/1.1\r\n");
    row("GET http:///x HTTP/1.1\r\n");
    row("GET http://a@b.example/ HTTP/1.1\r\n");
    row("GET http://a.example\\@b.example/ HTTP/1.1\r\n");
    row("CONNECT a.example:b HTTP/1.1\r\n");
    row("CONNECT a.example:443:443 HTTP/1.1\r\n");
    row(QByteArray("GET /\0 HTTP/1.1\r\n", 17));
    row("GET /\x7f HTTP/1.1\r\n");
    row("VERSION-CONTROL /\x01");

    // the headers
    const QByteArray begin = "GET / HTTP/1.1\r\n";
    const QByteArray host = "Host: a.example\r\n";
    row(begin + "\r\n");
    row(begin + "X: y\r\n\r\n");
    row(begin + host + host + "\r\n");
    row(begin + host + "Host: b.example\r\n\r\n");
    row(begin + host + "hOSt:\r\n\r\n");
    row(begin + "Host:\r\n" + host + "\r\n");
    row(begin + "X: y\nHost: b.example\n" + host + "\r\n");
    row(begin + " " + host + "\r\n");
    row(begin + "Host : a.example\r\n\r\n");
    row(begin + "Host\t: a.example\r\n\r\n");
    row(begin + host + "X : y\r\n\r\n");
    row(begin + "Host: a.example\r\n b.example\r\n\r\n");
    row(begin + "X: y\r\n\tHost: b.example\r\n" + host + "\r\n");
    row(begin + "X: y\rHost: b.example\r\n" + host + "\r\n");
    row(begin + host + "\r\r\n");
    row(begin + "Host a.example\r\n\r\n");
    row(begin + ": a.example\r\n\r\n");
    row(begin + host + QByteArray("X: \0\r\n\r\n", 8));
    row(begin + host + QByteArray("X\0: y\r\n\r\n", 9));
    row(begin + host + "X: \x1b\r\n\r\n");
    row(begin + host + "\xc3\xa9: y\r\n\r\n");
    for (const char *value : {"a.example, b.example",
                              "a.example b.example",
                              "a@b.example",
                              "http://a.example",
                              "a.example/",
                              "a.example:b",
                              "a.example:80:80",
                              "a.example:123456",
                              "a..example",
                              ".example",
                              "a.example..",
                              ".",
                              ":80",
                              "a%2eexample",
                              "*.example",
                              "a\\b.example",
                              "b\xc3\xbc"
                              "cher.example",
                              "::1",
                              "[::1",
                              "[]",
                              "[a.example]",
                              "[::1]b.example",
                              "[::1]:b",
                              "::1]"})
        row(begin + "Host: " + value + "\r\n\r\n");
    row(begin + "Host: " + QByteArray(64, 'a') + ".example\r\n\r\n");
    row(begin + "Host: " + QByteArray("a.").repeated(126) + "ab\r\n\r\n");

    // the target and the header
    row("GET http://b.example/ HTTP/1.1\r\n" + host + "\r\n");
    row("GET http://b.example/ HTTP/1.0\r\n" + host + "\r\n");
    row("GET http://a.example/ HTTP/1.1\r\n\r\n");
    row("GET http://192.0.2.1/ HTTP/1.1\r\n" + host + "\r\n");
    row("GET http://a.example/ HTTP/1.1\r\nHost:\r\n\r\n");
    row("GET http://a.example/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n");
    row("CONNECT b.example:443 HTTP/1.1\r\n" + host + "\r\n");
    row("CONNECT b.example:443 HTTP/1.1\r\n\r\n");
}

void TestHttpHead::anotherProtocolIsNotHeld_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("bytes");
    const auto atEnd = [](const char *title, const QByteArray &line) {
        QTest::newRow(title) << line << int(line.size());
    };
    const auto at = [](const char *title, int bytes, const QByteArray &stream) {
        QTest::newRow(title) << stream << bytes;
    };
    atEnd("SSH", "SSH-2.0-OpenSSH_9.2p1\r\n");
    atEnd("SSH with a comment", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
    atEnd("SMTP", "EHLO mail.example\r\n");
    atEnd("SMTP without CR", "EHLO mail.example\n");
    atEnd("FTP", "USER anonymous\r\n");
    atEnd("IRC", "NICK guest\r\n");
    atEnd("Redis, inline", "PING\r\n");
    atEnd("Redis, inline GET", "GET key\r\n");
    atEnd("memcached", "get key\r\n");
    atEnd("memcached, a path as key", "get /key\r\n");
    atEnd("NATS", "CONNECT {\"verbose\":false}\r\n");
    atEnd("STOMP", "CONNECT\n");
    atEnd("RTSP", "DESCRIBE rtsp://a.example/http/1 RTSP/1.0\r\n");
    atEnd("SIP", "OPTIONS sip:b@a.example SIP/2.0\r\n");
    atEnd("graphite", "servers.a.load 1.5 1700000000\n");
    atEnd("whois", "a.example\r\n");
    atEnd("PROXY", "PROXY TCP4 192.0.2.1 192.0.2.2 1234 443\r\n");
    atEnd("a name of HTTP in the middle of a word", "EHLO x.http/1.1\r\n");
    at("Redis, RESP", 4, "*1\r\n$4\r\nPING\r\n");
    at("git", 33, QByteArray("0032git-upload-pack /project.git\0host=a.example\0", 49));
    at("AMQP", 5, QByteArray("AMQP\0\0\x09\x01", 8));
    at("an HTTP response", 5, "HTTP/1.1 200 OK\r\n");
    at("XMPP", 1, "<?xml version='1.0'?>");
    at("JSON", 1, "{\"method\":\"GET / HTTP/1.1\"}\n");
    at("PostgreSQL", 1, QByteArray::fromHex("0000000804d2162f"));
    at("MySQL, ask for TLS", 2, QByteArray::fromHex("2000000185ae7f0000000001"));
    at("TLS", 1, QByteArray::fromHex("160301"));
    at("MQTT", 1, QByteArray::fromHex("101000044d515454"));
    at("length 10 and binary", 2, QByteArray::fromHex("0a0001"));
    at("UTF-8", 1, "\xc3\xa9t\xc3\xa9\n");
    at("a token, then binary", 3, "GE\xff / HTTP/1.1\r\n");
    at("PROXY, version 2", 5, QByteArray::fromHex("0d0a0d0a000d0a515549540a"));
}

QTEST_APPLESS_MAIN(TestHttpHead)
#include "tst_httphead.moc"
