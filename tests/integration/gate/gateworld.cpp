#include "tests/integration/gate/gateworld.h"

#include "net/services/dnsmessage.h"
#include "tests/support/tapbench.h"

#include <QFile>

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

namespace boxgate::test {

namespace {

/// Written to a file of the process's own mount namespace, over the host's.
bool replaceFile(const char *path, const QByteArray &text)
{
    static QTemporaryDir folder;
    const QByteArray replacement = folder.filePath(QString::fromLatin1(path).section(u'/', -1)).toLocal8Bit();
    QFile file(QString::fromLocal8Bit(replacement));
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.flush()
        && ::mount(replacement.constData(), path, nullptr, MS_BIND, nullptr) == 0;
}

} // namespace

QString GateWorld::enter()
{
    if (const QString why = TapBench::enterHostNamespace(); !why.isEmpty())
        return why;
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return QStringLiteral("No mount namespace: %1").arg(qt_error_string(errno));
    if (!replaceFile("/etc/resolv.conf", "nameserver " + Resolver.toLatin1() + "\noptions timeout:2\n"))
        return QStringLiteral("/etc/resolv.conf cannot be replaced: %1").arg(qt_error_string(errno));
    for (const QString &address : {Server, Rogue, Resolver})
        TapBench::addHostAddress(address);
    return {};
}

GateWorld::GateWorld()
    : m_resolver(
        Resolver, [this](const QByteArray &query) { return answer(query); }, 53)
{ }

QStringList GateWorld::asked() const
{
    const std::lock_guard lock(m_mutex);
    return m_asked;
}

QByteArray GateWorld::answer(const QByteArray &query)
{
    using namespace net::dns;
    const auto parsed =
        parseQuery({reinterpret_cast<const uint8_t *>(query.constData()), size_t(query.size())});
    if (!parsed)
        return {};
    const QString name = QString::fromStdString(parsed->name);
    {
        const std::lock_guard lock(m_mutex);
        m_asked.append(name);
    }
    std::vector<Record> records;
    const bool isKnown = name.endsWith(QLatin1String(".test"));
    if (isKnown && parsed->type == A) {
        Record record;
        record.owner = parsed->name;
        record.ttl = 60;
        record.address = net::Ipv4::of(198, 51, 100, 10);
        records.push_back(record);
    }
    const auto reply =
        buildAnswer(*parsed, isKnown ? Rcode::NoError : Rcode::NameError, records, LowestUdpSize);
    return QByteArray(reinterpret_cast<const char *>(reply.data()), qsizetype(reply.size()));
}

TlsServer::TlsServer(const QString &address, quint16 port, const QByteArray &page)
{
    const QString openssl = QStringLiteral("openssl");
    m_process.setWorkingDirectory(m_folder.path());
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.start(openssl,
                    {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                     "/CN=example.test", "-keyout", "key.pem", "-out", "certificate.pem"});
    QFile file(m_folder.filePath(QStringLiteral("page")));
    if (!m_process.waitForFinished(60'000) || m_process.exitCode() != 0 || !file.open(QIODevice::WriteOnly)) {
        m_error = QStringLiteral("openssl made no certificate: ") + QString::fromUtf8(m_process.readAll());
        return;
    }
    file.write(page);
    file.close();
    m_port = 44443; // in this namespace nobody else has it
    m_process.start(openssl,
                    {"s_server", "-accept", QStringLiteral("127.0.0.1:%1").arg(m_port), "-cert",
                     "certificate.pem", "-key", "key.pem", "-WWW",
                     // busybox's client names no signature algorithms, which means SHA-1
                     "-cipher", "DEFAULT@SECLEVEL=0"});
    if (!m_process.waitForReadyRead(20'000)) {
        m_error = QStringLiteral("openssl s_server does not start");
        return;
    }
    m_listener = std::make_unique<TcpServer>(
        address, [this](int client) { relay(client); }, port);
}

TlsServer::~TlsServer()
{
    m_process.kill();
    m_process.waitForFinished();
    m_listener.reset();
}

void TlsServer::relay(int client)
{
    const int server = connectTcp(QStringLiteral("127.0.0.1"), m_port);
    char buffer[16384];
    bool hasCounted = false;
    for (;;) {
        pollfd waits[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (::poll(waits, 2, 30'000) <= 0)
            break;
        const int from = waits[0].revents ? client : server;
        const ssize_t count = ::recv(from, buffer, sizeof buffer, 0);
        if (count <= 0)
            break;
        if (from == client && !std::exchange(hasCounted, true))
            ++m_reached;
        if (!sendAll(from == client ? server : client, QByteArray::fromRawData(buffer, count)))
            break;
    }
    ::close(server);
}

} // namespace boxgate::test
