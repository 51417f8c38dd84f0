#include "tests/net/enginebench.h"
#include "tests/net/processstate.h"

#include <QProcess>
#include <QTest>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

namespace {

/// Ends a test that hangs; proves nothing about speed.
constexpr int LimitMilliseconds = 120'000;
/// Bytes; far below the 256 KiB of buffers that the stack reserves for each.
constexpr qint64 MemoryPerConnection = 32 * 1024;
/// Host addresses that share the load, see netpeer.
const QStringList Addresses = {Allowed, Other, QStringLiteral("198.51.100.30"),
                               QStringLiteral("198.51.100.40")};

/// The program at the other end. It has the descriptors of its connections, so that those of this process are
/// the engine's.
class Peer
{
public:
    Peer(QStringList arguments, const QString &networkNamespace = {})
    {
        arguments.prepend(QCoreApplication::applicationDirPath() + QStringLiteral("/netpeer"));
        if (!networkNamespace.isEmpty())
            arguments = QStringList{QStringLiteral("nsenter"), QStringLiteral("--net=") + networkNamespace}
                + arguments;
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        const QString program = arguments.takeFirst();
        m_process.start(program, arguments);
    }
    ~Peer()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished(LimitMilliseconds);
    }

    /// The next line that it prints; empty when it ends without one.
    QByteArray line()
    {
        while (!m_process.canReadLine() && m_process.waitForReadyRead(LimitMilliseconds)) { }
        return m_process.readLine().trimmed();
    }
    void goOn()
    {
        m_process.write("\n");
        m_process.waitForBytesWritten(LimitMilliseconds);
    }

private:
    QProcess m_process;
};

} // namespace

/// Connections of a real guest by the thousand, at once and one after the other.
class TestEngineMany : public QObject, EngineBench
{
    Q_OBJECT

private:
    void startWithManyPorts()
    {
        startEngine();
        const QString widen = QStringLiteral("echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range");
        bool isGuestWidened = false;
        m_bench->inGuest([&] { isGuestWidened = runCommand(widen); });
        QVERIFY(isGuestWidened && runCommand(widen));
    }

    QString guestNamespace()
    {
        QString path;
        m_bench->inGuest(
            [&] { path = QStringLiteral("/proc/%1/task/%2/ns/net").arg(::getpid()).arg(::gettid()); });
        return path;
    }

    static QString portOf(Peer &server)
    {
        return QString::fromLatin1(server.line().mid(int(qstrlen("port "))));
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
        for (const QString &address : Addresses.mid(2))
            TapBench::addHostAddress(address);
    }

    void cleanup() { stop(); }

    void manyConnectionsAreHeldAndThenAllUsed_data()
    {
        QTest::addColumn<int>("count");
        QTest::newRow("1,000") << 1000;
        QTest::newRow("10,000") << 10'000;
    }

    void manyConnectionsAreHeldAndThenAllUsed()
    {
        QFETCH(int, count);
        // the engine lets the box have three quarters of what the process may open
        if (!allowDescriptors(quint64(count) * 4 / 3 + 1000))
            QSKIP("The limit on descriptors (ulimit -Hn) is too low here");
        startWithManyPorts();
        Peer server({"serve", "client"});
        const QString port = portOf(server);
        const int descriptors = openDescriptors();
        const qint64 before = residentBytes();
        const QByteArray number = QByteArray::number(count);
        Peer guest(QStringList{"hold", number, port} + Addresses, guestNamespace());
        QCOMPARE(guest.line(), "held " + number);
        QCOMPARE(m_engine->counters().tcpOpen, quint64(count));
        QVERIFY(openDescriptors() >= descriptors + count);
        const qint64 atRest = (residentBytes() - before) / count;
        guest.goOn();
        QCOMPARE(guest.line(), "used " + number);
        const qint64 onceUsed = (residentBytes() - before) / count;
        qInfo("%lld bytes of memory per connection at rest, %lld once used", atRest, onceUsed);
        QVERIFY(onceUsed < MemoryPerConnection || !IsMemoryTelling);
        QCOMPARE(m_engine->counters().tcpEstablished, quint64(count));
        QCOMPARE(m_engine->counters().tcpFailed, 0u);
        guest.goOn();
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->counters().tcpOpen, 0u, LimitMilliseconds);
        // the pipes to the program that has ended are gone as well
        QTRY_VERIFY_WITH_TIMEOUT(openDescriptors() <= descriptors + 2, LimitMilliseconds);
    }

    void aHundredThousandShortConnectionsLeakNothing_data()
    {
        QTest::addColumn<QString>("closes");
        QTest::newRow("50,000 that the box closes first") << "client";
        QTest::newRow("50,000 that the host closes first") << "server";
    }

    void aHundredThousandShortConnectionsLeakNothing()
    {
        QFETCH(QString, closes);
        constexpr quint64 count = 50'000;
        startWithManyPorts();
        Peer server({"serve", closes});
        const QString port = portOf(server);
        const int descriptors = openDescriptors();
        {
            const QString number = QString::number(count);
            Peer guest(QStringList{"cycle", number, "1", closes, port} + Addresses, guestNamespace());
            const QByteArray line = guest.line();
            QVERIFY2(line.startsWith("cycled " + number.toLatin1()), line.constData());
        }
        // none lingers: those that did would pile up
        QVERIFY(openDescriptors() < descriptors + 100);
        QCOMPARE(m_engine->counters().tcpEstablished, count);
        QCOMPARE(m_engine->counters().tcpFailed, 0u);
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->counters().tcpOpen, 0u, LimitMilliseconds);
        QTRY_COMPARE_WITH_TIMEOUT(openDescriptors(), descriptors, LimitMilliseconds);
    }
};

BOXGATE_ENGINE_TEST(TestEngineMany)

#include "tst_enginemany.moc"
