#include "app/cli/gate/portselector.h"

#include <QTest>

using namespace boxgate;
using namespace boxgate::cli;

class TestPortSelector : public QObject
{
    Q_OBJECT

    static QList<PortMapping> ports(const QStringList &words)
    {
        QList<PortMapping> all;
        for (const QString &word : words)
            all.append(*PortMapping::parse(word));
        return all;
    }

    static QStringList texts(const QList<PortMapping> &all)
    {
        QStringList words;
        for (const PortMapping &port : all)
            words.append(portText(port));
        return words;
    }

private Q_SLOTS:
    void removes_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QStringList>("removed");
        QTest::newRow("host port") << QStringList{"8080"} << QStringList{"127.0.0.1:8080->80/tcp"};
        QTest::newRow("of UDP") << QStringList{"5353/udp"} << QStringList{"127.0.0.1:5353->53/udp"};
        QTest::newRow("said to be TCP") << QStringList{"8080/tcp"} << QStringList{"127.0.0.1:8080->80/tcp"};
        QTest::newRow("both ports") << QStringList{"8080:80"} << QStringList{"127.0.0.1:8080->80/tcp"};
        QTest::newRow("address and port")
            << QStringList{"0.0.0.0:9000"} << QStringList{"0.0.0.0:9000->90/tcp"};
        QTest::newRow("all of it") << QStringList{"127.0.0.1:9000:91"}
                                   << QStringList{"127.0.0.1:9000->91/tcp"};
        QTest::newRow("an automatic one by its real port")
            << QStringList{"40123"} << QStringList{"127.0.0.1:40123->80/tcp"};
        QTest::newRow("an automatic one as specified")
            << QStringList{"0:80"} << QStringList{"127.0.0.1:40123->80/tcp"};
        QTest::newRow("several") << QStringList{"8080", "5353/udp"}
                                 << QStringList{"127.0.0.1:8080->80/tcp", "127.0.0.1:5353->53/udp"};
    }

    void removes()
    {
        QFETCH(QStringList, words);
        QList<PortMapping> specified =
            ports({"8080:80", "5353:53/udp", "0.0.0.0:9000:90", "127.0.0.1:9000:91", "80"});
        const QList<PortMapping> open =
            ports({"8080:80", "5353:53/udp", "0.0.0.0:9000:90", "127.0.0.1:9000:91", "40123:80"});
        const Result<QList<PortMapping>> removed = removePorts(specified, open, words);
        QVERIFY2(removed, qPrintable(removed ? QString() : removed.error().message));
        QTEST(texts(*removed), "removed");
        QCOMPARE(specified.size(), 5 - words.size());
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("one that is not there")
            << "8081" << ErrorCode::NotFound << "There is no port 8081 to remove: 0.0.0.0:9000->90/tcp, ";
        QTest::newRow("TCP is not UDP") << "9000/udp" << ErrorCode::NotFound << "There is no port 9000/udp";
        QTest::newRow("two of them") << "9000" << ErrorCode::Conflict
                                     << "'9000' names 0.0.0.0:9000->90/tcp and 127.0.0.1:9000->91/tcp";
        QTest::newRow("a name") << "http" << ErrorCode::InvalidArgument << "'http' names no port";
        QTest::newRow("above 65535") << "70000" << ErrorCode::InvalidArgument << "names no port";
        QTest::newRow("address that is none") << "1.2.3:80" << ErrorCode::InvalidArgument << "names no port";
        QTest::newRow("address alone") << "127.0.0.1" << ErrorCode::InvalidArgument << "names no port";
        QTest::newRow("empty") << "" << ErrorCode::InvalidArgument << "names no port";
        QTest::newRow("too many parts") << "1:2:3" << ErrorCode::InvalidArgument << "names no port";
    }

    void refuses()
    {
        QFETCH(QString, word);
        QFETCH(ErrorCode, code);
        QFETCH(QString, sentence);
        QList<PortMapping> specified = ports({"0.0.0.0:9000:90", "127.0.0.1:9000:91", "7:7"});
        const QList<PortMapping> before = specified;
        const Result<QList<PortMapping>> removed = removePorts(specified, before, {"7", word});
        QVERIFY(!removed);
        QVERIFY(removed.error().code == code);
        QVERIFY2(removed.error().message.contains(sentence), qPrintable(removed.error().message));
        QCOMPARE(specified, before); // all or nothing
    }

    void writesAutomaticOnes() { QCOMPARE(portText(*PortMapping::parse("80")), "127.0.0.1:auto->80/tcp"); }
};

QTEST_GUILESS_MAIN(TestPortSelector)
#include "tst_portselector.moc"
