#include "core/model/rulematcher.h"

#include <QTest>

using namespace boxgate;

class TestRuleMatcher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void matches_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("protocol");
        QTest::addColumn<int>("port");
        QTest::addColumn<QString>("rule"); // empty: none
        QTest::newRow("name") << "API.example.com."
                              << "192.0.2.7"
                              << "tcp" << 443 << "*.example.com:443";
        QTest::newRow("name on another port") << "api.example.com"
                                              << "192.0.2.7"
                                              << "tcp" << 22 << "";
        QTest::newRow("a name grants no UDP") << "api.example.com"
                                              << "192.0.2.7"
                                              << "udp" << 443 << "";
        QTest::newRow("look-alike") << "badexample.com"
                                    << "192.0.2.7"
                                    << "tcp" << 443 << "";
        QTest::newRow("address") << ""
                                 << "10.1.2.3"
                                 << "udp" << 53 << "10.0.0.0/8";
        QTest::newRow("address of a name") << "other.org"
                                           << "10.1.2.3"
                                           << "tcp" << 53 << "10.0.0.0/8";
        QTest::newRow("name without an address") << "api.example.com"
                                                 << ""
                                                 << "tcp" << 443 << "*.example.com:443";
        QTest::newRow("another address") << ""
                                         << "11.1.2.3"
                                         << "tcp" << 53 << "";
        QTest::newRow("nothing") << ""
                                 << ""
                                 << "tcp" << 53 << "";
    }

    void matches()
    {
        QFETCH(QString, name);
        QFETCH(QString, address);
        QFETCH(QString, protocol);
        QFETCH(int, port);
        NetPeer peer;
        peer.name = name;
        peer.address = address;
        peer.protocol = protocol;
        peer.port = quint16(port);
        const RuleMatcher matcher({"http://no.rule", "*.example.com:443", "10.0.0.0/8"});
        QTEST(matcher.match(peer).value_or(QString()), "rule");
    }
};

QTEST_GUILESS_MAIN(TestRuleMatcher)
#include "tst_rulematcher.moc"
