#include "tests/net/enginebench.h"

#include "net/services/dnsmessage.h"

#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

using namespace net;

QByteArray pattern(qsizetype size)
{
    QByteArray data(size, Qt::Uninitialized);
    quint32 state = 1;
    for (char &byte : data) {
        state = state * 1664525 + 1013904223;
        byte = char(state >> 24);
    }
    return data;
}

void echo(int socket)
{
    char buffer[16384];
    for (ssize_t count; (count = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
        if (!sendAll(socket, QByteArray::fromRawData(buffer, count)))
            return;
    }
}

PolicyConfig allowlist(std::vector<std::string> rules)
{
    PolicyConfig policy;
    policy.mode = Mode::Allowlist;
    policy.rules = std::move(rules);
    return policy;
}

PolicyConfig off()
{
    PolicyConfig policy;
    policy.mode = Mode::Off;
    return policy;
}

QByteArray dnsQuery(const QByteArray &name, quint16 type)
{
    QByteArray message = QByteArray::fromHex("abcd01000001000000000000");
    for (const QByteArray &label : name.split('.'))
        message += char(label.size()) + label;
    message += '\0';
    message += char(type >> 8);
    message += char(type);
    return message + QByteArray::fromHex("0001");
}

QByteArray exchange(int socket, const QByteArray &data)
{
    ::send(socket, data.constData(), size_t(data.size()), 0);
    QByteArray buffer(65536, Qt::Uninitialized);
    const ssize_t count = ::recv(socket, buffer.data(), size_t(buffer.size()), 0);
    return count < 0 ? QByteArray() : buffer.left(count);
}

Answer readAnswer(const QByteArray &message)
{
    Answer answer;
    const auto reply =
        dns::parseReply({reinterpret_cast<const uint8_t *>(message.constData()), size_t(message.size())});
    if (!reply)
        return answer;
    answer.code = int(reply->code);
    answer.records = quint8(message[6]) << 8 | quint8(message[7]);
    for (const dns::Record &record : reply->records) {
        if (record.type == dns::A)
            answer.addresses.append(QString::fromStdString(toString(record.address)));
    }
    return answer;
}

QString &EngineBench::whyNot()
{
    static QString why;
    return why;
}

void EngineBench::prepare()
{
    for (const QString &address :
         {Allowed, Other, Metadata, QStringLiteral("192.168.127.77"), QStringLiteral("10.0.0.7")})
        TapBench::addHostAddress(address);
    m_resolver = std::make_unique<TestResolver>();
}

void EngineBench::stop()
{
    m_engine.reset();
    m_bench.reset();
}

void EngineBench::start(const PolicyConfig &policy, int mtu, int wire)
{
    EngineConfig config;
    config.mtu = mtu;
    config.policy = policy;
    config.dnsServers = {m_resolver->address()};
    config.zones = {{"corp.test",
                     {{"db", "198.51.100.20"}, {"metadata", "169.254.169.254"}, {"inner", "10.0.0.7"}},
                     "198.51.100.10"}};
    auto engine = Engine::start(config, wire);
    QVERIFY2(engine, engine ? "" : qPrintable(engine.error().message));
    m_engine = std::move(*engine);
}

void EngineBench::startEngine(const PolicyConfig &policy, int mtu)
{
    m_engine.reset();
    m_bench = std::make_unique<TapBench>(mtu);
    QVERIFY2(m_bench->error().isEmpty(), qPrintable(m_bench->error()));
    start(policy, mtu, m_bench->takeWire());
}

int EngineBench::startBare(const PolicyConfig &policy, int mtu)
{
    m_engine.reset();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        qFatal("socketpair: %s", strerror(errno));
    start(policy, mtu, ends[1]);
    return ends[0];
}

int EngineBench::guestTcp(const QString &address, quint16 port, int timeout)
{
    int socket = -1;
    int error = 0;
    m_bench->inGuest([&] {
        socket = connectTcp(address, port, timeout);
        error = errno;
    });
    errno = error;
    return socket;
}

int EngineBench::guestUdp(const QString &address, quint16 port)
{
    int socket = -1;
    m_bench->inGuest([&] { socket = connectUdp(address, port); });
    return socket;
}

Answer EngineBench::resolve(const QByteArray &name, const QString &server, quint16 type)
{
    const int socket = guestUdp(server, 53);
    const QByteArray reply = exchange(socket, dnsQuery(name, type));
    ::close(socket);
    return readAnswer(reply);
}

} // namespace boxgate::test
