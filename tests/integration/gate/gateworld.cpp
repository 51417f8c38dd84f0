#include "tests/integration/gate/gateworld.h"

#include "net/services/dnsmessage.h"
#include "tests/support/tapbench.h"

#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>

#include <sched.h>
#include <sys/mount.h>

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
    const QString key = m_folder.filePath(QStringLiteral("key.pem"));
    const QString certificate = m_folder.filePath(QStringLiteral("certificate.pem"));
    const int made = QProcess::execute(QStringLiteral("openssl"),
                                       {"req", "-x509", "-newkey", "ec", "-pkeyopt",
                                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                                        "/CN=example.test", "-keyout", key, "-out", certificate});
    QFile keyFile(key);
    if (made != 0 || !keyFile.open(QIODevice::ReadOnly)) {
        m_error = QStringLiteral("openssl made no certificate");
        return;
    }
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(QSslCertificate::fromPath(certificate).value(0));
    configuration.setPrivateKey(QSslKey(&keyFile, QSsl::Ec));
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    m_server = new QSslServer;
    m_server->setSslConfiguration(configuration);
    m_server->moveToThread(&m_thread);
    QObject::connect(m_server, &QSslServer::pendingConnectionAvailable, m_server, [this, page] {
        while (QTcpSocket *const socket = m_server->nextPendingConnection()) {
            ++m_accepted;
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket, page] {
                socket->readAll();
                socket->write("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + page);
                socket->disconnectFromHost();
            });
        }
    });
    m_thread.start();
    QMetaObject::invokeMethod(
        m_server,
        [&] {
            if (!m_server->listen(QHostAddress(address), port))
                m_error = m_server->errorString();
        },
        Qt::BlockingQueuedConnection);
}

TlsServer::~TlsServer()
{
    if (m_server)
        QMetaObject::invokeMethod(
            m_server, [this] { delete m_server; }, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

} // namespace boxgate::test
