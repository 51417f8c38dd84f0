#pragma once

#include "net/engine.h"
#include "tests/net/hostservers.h"
#include "tests/support/tapbench.h"

#include <QCoreApplication>
#include <QStringList>
#include <QTest>

#include <memory>

namespace boxgate::test {

inline const QString Loopback = QStringLiteral("127.0.0.1");
inline const QString Alias = QStringLiteral("192.168.127.254");
inline const QString Gateway = QStringLiteral("192.168.127.1");
/// Addresses of the test's host, standing for machines elsewhere.
inline const QString Allowed = QStringLiteral("198.51.100.10");
inline const QString Other = QStringLiteral("198.51.100.20");
inline const QString Metadata = QStringLiteral("169.254.169.254");

/// Bytes in which a shift or a gap shows.
QByteArray pattern(qsizetype size);
/// A server's part: sends back what comes.
void echo(int socket);
net::PolicyConfig allowlist(std::vector<std::string> rules);
net::PolicyConfig off();
/// A DNS query for name, as a guest's resolver sends it.
QByteArray dnsQuery(const QByteArray &name, quint16 type);
/// Sends data on a datagram socket and returns the answer; null without one.
QByteArray exchange(int socket, const QByteArray &data);

struct Answer
{
    int code = -1; ///< -1: none came
    int records = 0; ///< of any type
    QStringList addresses;
};
Answer readAnswer(const QByteArray &message);

/// The engine between a host of the test's own and a guest: a real Linux TCP/IP stack, or a bare wire for
/// frames that no honest stack sends. Each test makes its own with startEngine() or startBare().
class EngineBench
{
public:
    /// Why there is no bench here; empty when there is one.
    static QString &whyNot();

    /// Once per program: the addresses of the host and its resolver.
    void prepare();
    void stop();

    void startEngine(const net::PolicyConfig &policy = {}, int mtu = 1500);
    /// Without a guest. Returns  the guest's end of the wire, which the caller owns
    int startBare(const net::PolicyConfig &policy = {}, int mtu = 1500);

    int guestTcp(const QString &address, quint16 port, int timeout = 5000);
    int guestUdp(const QString &address, quint16 port);
    Answer resolve(const QByteArray &name, const QString &server = Gateway, quint16 type = 1);

    std::unique_ptr<TestResolver> m_resolver;
    std::unique_ptr<TapBench> m_bench;
    std::unique_ptr<net::Engine> m_engine;

private:
    void start(const net::PolicyConfig &policy, int mtu, int wire);
};

} // namespace boxgate::test

/// The main function of a test on the bench: the host's namespace comes before any thread.
#define BOXGATE_ENGINE_TEST(Test)                                                                            \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        boxgate::test::EngineBench::whyNot() = boxgate::test::TapBench::enterHostNamespace();                \
        QCoreApplication app(argc, argv);                                                                    \
        Test test;                                                                                           \
        return QTest::qExec(&test, argc, argv);                                                              \
    }
