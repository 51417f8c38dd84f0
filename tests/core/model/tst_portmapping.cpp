#include "core/model/portmapping.h"

#include <QTest>

using namespace boxgate;

class TestPortMapping : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("canonical");
        QTest::newRow("guest port alone: automatic") << "80"
                                                     << "127.0.0.1:0:80/tcp";
        QTest::newRow("host and guest") << "8080:80"
                                        << "127.0.0.1:8080:80/tcp";
        QTest::newRow("automatic said") << ":80"
                                        << "127.0.0.1:0:80/tcp";
        QTest::newRow("bind address") << "0.0.0.0:8080:80"
                                      << "0.0.0.0:8080:80/tcp";
        QTest::newRow("bind address, automatic") << "127.0.0.1::80"
                                                 << "127.0.0.1:0:80/tcp";
        QTest::newRow("UDP") << "5353:53/udp"
                             << "127.0.0.1:5353:53/udp";
        QTest::newRow("TCP said") << "1:2/tcp"
                                  << "127.0.0.1:1:2/tcp";
        QTest::newRow("guest port 0") << "80:0"
                                      << "";
        QTest::newRow("port too high") << "65536:80"
                                       << "";
        QTest::newRow("negative") << "-1:80"
                                  << "";
        QTest::newRow("bind by name") << "localhost:80:80"
                                      << "";
        QTest::newRow("short address") << "127.1:80:80"
                                       << "";
        QTest::newRow("address out of range") << "256.0.0.1:80:80"
                                              << "";
        QTest::newRow("unknown protocol") << "80/sctp"
                                          << "";
        QTest::newRow("empty") << ""
                               << "";
        QTest::newRow("too many parts") << "1:2:3:4"
                                        << "";
    }

    void parses()
    {
        QFETCH(QString, text);
        const auto mapping = PortMapping::parse(text);
        QTEST(mapping ? mapping->toString() : QString(""), "canonical");
        if (mapping) {
            QVERIFY(*PortMapping::fromJson(mapping->toJson()) == *mapping);
            QVERIFY(*PortMapping::parse(mapping->toString()) == *mapping);
        }
    }
};

QTEST_GUILESS_MAIN(TestPortMapping)
#include "tst_portmapping.moc"
