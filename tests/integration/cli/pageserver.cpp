#include "tests/integration/cli/pageserver.h"

#include <QNetworkInterface>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

namespace boxgate::test {

PageServer::PageServer(const QHostAddress &address)
{
    m_server.listen(address, 0);
    connect(&m_server, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket *socket = m_server.nextPendingConnection())
            serve(socket);
    });
}

QString PageServer::address(const QString &host, const QString &path) const
{
    return QStringLiteral("http://%1:%2%3").arg(host).arg(port()).arg(path);
}

void PageServer::serve(QTcpSocket *socket)
{
    ++m_clients;
    connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    connect(socket, &QTcpSocket::readyRead, socket, [socket] {
        const QByteArray request = socket->readAll();
        socket->write("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n");
        if (!request.startsWith("GET /endless")) {
            socket->write("the page\n");
            socket->disconnectFromHost();
            return;
        }
        auto *const timer = new QTimer(socket);
        connect(timer, &QTimer::timeout, socket, [socket] {
            if (socket->bytesToWrite() < 100'000)
                socket->write(QByteArray(10'000, 'x'));
        });
        timer->start(10);
    });
}

Outcome runServing(const RealHome &home, const QStringList &arguments, std::chrono::milliseconds limit,
                   const QByteArray &input)
{
    const std::unique_ptr<QProcess> process = home.start(arguments);
    process->write(input);
    process->closeWriteChannel();
    Outcome outcome;
    const bool ended =
        QTest::qWaitFor([&] { return process->state() == QProcess::NotRunning; }, int(limit.count()));
    outcome.exitCode = ended && process->exitStatus() == QProcess::NormalExit ? process->exitCode() : -1;
    outcome.out = process->readAllStandardOutput();
    outcome.err = process->readAllStandardError();
    return outcome;
}

QHostAddress outsideAddress()
{
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        const bool isUsable = address.protocol() == QAbstractSocket::IPv4Protocol && !address.isLoopback()
            && !address.isLinkLocal()
            && !address.isInSubnet(QHostAddress(QStringLiteral("192.168.127.0")), 24);
        if (isUsable)
            return address;
    }
    return {};
}

} // namespace boxgate::test
