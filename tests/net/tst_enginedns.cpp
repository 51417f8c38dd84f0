#include "tests/net/enginebench.h"

#include "net/services/dnsmessage.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace boxgate;
using namespace boxgate::net;
using namespace boxgate::test;

/// The box's name server, as a real guest sees it.
class TestEngineDns : public QObject, EngineBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!whyNot().isEmpty())
            QSKIP(qPrintable(whyNot()));
        prepare();
    }

    void cleanup() { stop(); }

    void dnsAnswers_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("code");
        QTest::addColumn<QStringList>("addresses");
        QTest::newRow("the host alias")
            << QByteArray("host.boxlite.internal") << 1 << 0 << QStringList{Alias};
        QTest::newRow("case does not matter")
            << QByteArray("HOST.BoxLite.Internal") << 1 << 0 << QStringList{Alias};
        QTest::newRow("nothing else in the zone")
            << QByteArray("x.boxlite.internal") << 1 << 3 << QStringList();
        QTest::newRow("a record of a zone") << QByteArray("db.corp.test") << 1 << 0 << QStringList{Other};
        QTest::newRow("a zone's default") << QByteArray("any.corp.test") << 1 << 0 << QStringList{Allowed};
        QTest::newRow("a name of the outside") << QByteArray("other.test") << 1 << 0 << QStringList{Other};
        QTest::newRow("only what the alias leads to")
            << QByteArray("allowed.test") << 1 << 0 << QStringList{Allowed};
        QTest::newRow("no such name") << QByteArray("nowhere.test") << 1 << 3 << QStringList();
        QTest::newRow("IPv6 is never given") << QByteArray("other.test") << 28 << 0 << QStringList();
        QTest::newRow("no zone transfer") << QByteArray("other.test") << 252 << 4 << QStringList();
    }

    void dnsAnswers()
    {
        QFETCH(QByteArray, name);
        QFETCH(int, type);
        startEngine();
        for (const QString &server : {Gateway, QStringLiteral("8.8.8.8")}) {
            const Answer answer = resolve(name, server, quint16(type));
            QTEST(answer.code, "code");
            QTEST(answer.addresses, "addresses");
        }
    }

    void dnsOverTcpTakesManyQuestions()
    {
        startEngine();
        for (const QString &server : {Gateway, QStringLiteral("9.9.9.9")}) {
            const int socket = guestTcp(server, 53);
            QVERIFY(socket >= 0);
            for (const QByteArray name : {"other.test", "host.boxlite.internal"}) {
                const QByteArray query = dnsQuery(name, dns::A);
                sendAll(socket, QByteArray(1, '\0') + char(query.size()) + query);
            }
            QStringList answers;
            for (int i = 0; i < 2; ++i) {
                const QByteArray prefix = receiveExactly(socket, 2);
                QCOMPARE(prefix.size(), 2);
                answers +=
                    readAnswer(receiveExactly(socket, quint8(prefix[0]) << 8 | quint8(prefix[1]))).addresses;
            }
            answers.sort();
            QCOMPARE(answers, QStringList({Alias, Other}));
            ::close(socket);
        }
        QCOMPARE(m_engine->counters().tcpEstablished, 0u); // it went nowhere
    }

    void aNameThatIsNotAllowedIsNeverAsked()
    {
        startEngine(allowlist({"allowed.test", "rebind.test"}));
        const auto before = m_resolver->asked().size();
        QCOMPARE(resolve("other.test").addresses, QStringList{QStringLiteral("0.0.0.0")});
        QCOMPARE(resolve("other.test", Gateway, 16).code, 0); // TXT, a tunnel's favourite
        QCOMPARE(m_resolver->asked().size(), before);
        const Answer rebound = resolve("rebind.test");
        QCOMPARE(rebound.code, 0);
        QCOMPARE(rebound.addresses, QStringList());
        QCOMPARE(m_resolver->asked().size(), before + 1);
    }

    void encryptedHelloKeysCannotBeLearnt_data()
    {
        QTest::addColumn<quint16>("type");
        QTest::newRow("HTTPS") << quint16(dns::Https);
        QTest::newRow("SVCB") << quint16(dns::Svcb);
    }
    void encryptedHelloKeysCannotBeLearnt()
    {
        QFETCH(quint16, type);
        startEngine(allowlist({"allowed.test"}));
        const auto before = m_resolver->asked().size();
        const Answer answer = resolve("allowed.test", Gateway, type);
        QCOMPARE(answer.code, 0);
        QCOMPARE(answer.records, 0);
        QCOMPARE(m_resolver->asked().size(), before);
        QVERIFY(m_engine->apply({})); // the control
        QCOMPARE(resolve("allowed.test", Gateway, type).records, 1);
        QCOMPARE(m_resolver->asked().size(), before + 1);
    }
};

BOXGATE_ENGINE_TEST(TestEngineDns)

#include "tst_enginedns.moc"
