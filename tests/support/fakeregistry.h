#pragma once

#include <QHash>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>

#include <functional>

namespace boxgate::test {

/// What a client of the fake has asked for.
struct FakeRequest
{
    QByteArray method;
    QByteArray path; ///< with the query
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;

    QByteArray header(const char *name) const { return headers.value(name); }
};

/// An HTTP server on loopback whose every answer is the test's: a registry as nasty as one likes. One request
/// per connection. Thread: the test's.
class FakeRegistry : public QObject
{
    Q_OBJECT

public:
    using Handler = std::function<void(QTcpSocket *socket, const FakeRequest &request)>;

    FakeRegistry();

    /// "127.0.0.1:40123"
    QString host() const;
    QByteArray url(const QByteArray &path) const;

    /// path   without the query; "" is for all that have no handler of their own
    void on(const QByteArray &path, const Handler &handler) { m_handlers.insert(path, handler); }
    /// Serves bytes whole, and parts of them by Range.
    void serve(const QByteArray &path, const QByteArray &bytes, const QByteArray &type);

    const QList<FakeRequest> &requests() const { return m_requests; }
    qsizetype requestsFor(const QByteArray &path) const;

    /// Status line, headers and body, then the end of the connection.
    /// headers   each with its line feed
    static void answer(QTcpSocket *socket, const QByteArray &status, const QByteArray &headers,
                       const QByteArray &body);
    /// Bytes of a pattern without more than a little of them in memory; count below 0: without end.
    static void pour(QTcpSocket *socket, qint64 count, const QByteArray &pattern);

private:
    void accept();
    void readFrom(QTcpSocket *socket);

    QHash<QByteArray, Handler> m_handlers;
    QHash<QTcpSocket *, QByteArray> m_received;
    QList<FakeRequest> m_requests;
    QTcpServer m_server; ///< the last: its sockets end with it, and that is told to this object
};

} // namespace boxgate::test
