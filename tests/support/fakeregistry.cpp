#include "tests/support/fakeregistry.h"

#include <algorithm>
#include <memory>

namespace boxgate::test {

FakeRegistry::FakeRegistry()
{
    if (!m_server.listen(QHostAddress::LocalHost))
        qFatal("no port on loopback");
    connect(&m_server, &QTcpServer::newConnection, this, &FakeRegistry::accept);
    on({}, [](QTcpSocket *socket, const FakeRequest &) { answer(socket, "404 Not Found", {}, "{}"); });
}

QString FakeRegistry::host() const { return QStringLiteral("127.0.0.1:%1").arg(m_server.serverPort()); }

QByteArray FakeRegistry::url(const QByteArray &path) const { return "http://" + host().toLatin1() + path; }

qsizetype FakeRegistry::requestsFor(const QByteArray &path) const
{
    return std::count_if(m_requests.begin(), m_requests.end(), [&path](const FakeRequest &request) {
        return request.path.split('?').first() == path;
    });
}

void FakeRegistry::serve(const QByteArray &path, const QByteArray &bytes, const QByteArray &type)
{
    on(path, [bytes, type](QTcpSocket *socket, const FakeRequest &request) {
        const QByteArray range = request.header("range");
        const qint64 begin = range.mid(6, range.size() - 7).toLongLong(); // "bytes=N-"
        const QByteArray length = "Content-Length: " + QByteArray::number(bytes.size() - begin) + "\r\n";
        const QByteArray headers = "Content-Type: " + type + "\r\n" + length;
        if (begin == 0) {
            answer(socket, "200 OK", headers, bytes);
            return;
        }
        const QByteArray part = "Content-Range: bytes " + QByteArray::number(begin) + '-'
            + QByteArray::number(bytes.size() - 1) + '/' + QByteArray::number(bytes.size()) + "\r\n";
        answer(socket, "206 Partial Content", headers + part, bytes.mid(begin));
    });
}

void FakeRegistry::answer(QTcpSocket *socket, const QByteArray &status, const QByteArray &headers,
                          const QByteArray &body)
{
    socket->write("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "\r\n" + body);
    socket->disconnectFromHost();
}

void FakeRegistry::pour(QTcpSocket *socket, qint64 count, const QByteArray &pattern)
{
    constexpr qint64 most = 1 << 20;
    const auto left = std::make_shared<qint64>(count);
    const auto more = [socket, left, pattern] {
        while (socket->state() == QAbstractSocket::ConnectedState && socket->bytesToWrite() < most
               && *left != 0) {
            const qint64 size = *left < 0 ? pattern.size() : std::min<qint64>(*left, pattern.size());
            socket->write(pattern.constData(), size);
            if (*left > 0)
                *left -= size;
        }
        if (*left == 0)
            socket->disconnectFromHost();
    };
    connect(socket, &QTcpSocket::bytesWritten, socket, more);
    more();
}

void FakeRegistry::accept()
{
    while (QTcpSocket *const socket = m_server.nextPendingConnection()) {
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readFrom(socket); });
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
            m_received.remove(socket);
            socket->deleteLater();
        });
    }
}

void FakeRegistry::readFrom(QTcpSocket *socket)
{
    QByteArray &received = m_received[socket];
    received += socket->readAll();
    const qsizetype end = received.indexOf("\r\n\r\n");
    if (end < 0)
        return;
    const QList<QByteArray> lines = received.left(end).split('\n');
    const QList<QByteArray> words = lines.first().split(' ');
    FakeRequest request{words.value(0), words.value(1), {}, received.mid(end + 4)};
    for (const QByteArray &line : lines.mid(1)) {
        const qsizetype colon = line.indexOf(':');
        request.headers.insert(line.left(colon).toLower(), line.mid(colon + 1).trimmed());
    }
    if (request.body.size() < request.header("content-length").toLongLong())
        return;
    received.clear();
    m_requests.append(request);
    const QByteArray path = request.path.split('?').first();
    const Handler handler = m_handlers.contains(path) ? m_handlers.value(path) : m_handlers.value({});
    handler(socket, request);
}

} // namespace boxgate::test
