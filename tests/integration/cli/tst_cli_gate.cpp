#include "tests/integration/cli/pageserver.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTcpSocket>
#include <QTest>

#include <unistd.h>

using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

const QString Image = QStringLiteral("builtin/busybox");
const QString Box = QStringLiteral("gate");
/// Of RFC 5737: nobody answers there.
const QString Nowhere = QStringLiteral("198.51.100.7");

QJsonArray arrayOf(const Outcome &outcome) { return QJsonDocument::fromJson(outcome.out).array(); }
QJsonObject objectOf(const Outcome &outcome) { return QJsonDocument::fromJson(outcome.out).object(); }

/// The first object whose fields are all as wanted; empty when there is none.
QJsonObject find(const QJsonArray &array, const QJsonObject &wanted)
{
    for (const QJsonValue &value : array) {
        bool matches = true;
        for (auto field = wanted.begin(); field != wanted.end(); ++field)
            matches = matches && value[field.key()] == *field;
        if (matches)
            return value.toObject();
    }
    return {};
}

} // namespace

/// The commands of the network gate against a real box: what they say is what happens, and what they change
/// holds. Every test begins with the network as the one before has left it, and says so where that matters.
class TestCliGate : public QObject
{
    Q_OBJECT

    std::unique_ptr<RealHome> m_home;
    PageServer m_loopback{QHostAddress::LocalHost};
    QHostAddress m_outside = outsideAddress();
    PageServer m_server{m_outside}; ///< reached under the rules

    Outcome boxgate(const QStringList &arguments, const QByteArray &input = {})
    {
        return runServing(*m_home, arguments, 60s, input);
    }

    /// Runs a command in the guest that prints its own status: a missing tool prints 127.
    Outcome inGuest(const QString &command)
    {
        return boxgate({"exec", Box, "sh", "-c", command + QStringLiteral("; echo status=$?")});
    }

    Outcome fetch(const QString &address)
    {
        return inGuest(QStringLiteral("timeout 5 wget -qO- ") + address);
    }

    /// Runs a line that Boxgate printed: "boxgate net allow ...".
    Outcome follow(const QString &command) { return boxgate(command.split(' ').mid(1)); }

    QString serverAddress() const { return m_server.address(m_outside.toString()); }
    QString serverDestination() const
    {
        return QStringLiteral("%1:%2").arg(m_outside.toString()).arg(m_server.port());
    }
    QString serverRule() const { return serverDestination() + QStringLiteral("/tcp"); }
    QJsonObject serverPeer() const
    {
        return {{"address", m_outside.toString()}, {"port", m_server.port()}, {"protocol", "tcp"}};
    }

    static void checkDone(const Outcome &outcome) { QVERIFY2(outcome.exitCode == 0, outcome.toBytes()); }

    /// Over what went to the server: by its address, and by its name from when the box has asked for it.
    qint64 sumOf(const QJsonArray &rows, const QString &key) const
    {
        qint64 sum = 0;
        for (const QJsonValue &row : rows) {
            const bool isNamed = row["name"].toString() == QLatin1String("srv.lab.test");
            const bool isServer = isNamed || row["address"].toString() == m_outside.toString();
            if (isServer && row["port"].toInt() == m_server.port())
                sum += row[key].toInteger();
        }
        return sum;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (m_outside.isNull())
            QSKIP("this host has no address but loopback");
        QVERIFY(m_loopback.listens() && m_server.listens());
        m_home = std::make_unique<RealHome>();
        checkDone(boxgate({"run", "-d", "--name", Box, "--dns-zone",
                           QStringLiteral("lab.test:srv=%1").arg(m_outside.toString()), "--dns-zone",
                           "lab.test=198.51.100.9", Image}));
    }

    void cleanupTestCase() { m_home.reset(); }

    void openBoxReachesEverything()
    {
        const Outcome tested = boxgate({"net", "test", Box, serverDestination()});
        QVERIFY2(tested.exitCode == 0, tested.toBytes());
        QVERIFY2(tested.out.contains("because  the network is open"), tested.toBytes());
        QCOMPARE(fetch(serverAddress()).out, QByteArray("the page\nstatus=0\n"));
    }

    void rulesOfAnOpenBoxHaveNoEffectAndItSaysSo()
    {
        const Outcome allowed = boxgate({"net", "allow", Box, Nowhere + ":443"});
        checkDone(allowed);
        QVERIFY2(
            allowed.err.contains("is open: rules have no effect until 'boxgate net mode gate allowlist'"),
            allowed.toBytes());
        checkDone(boxgate({"net", "mode", Box, "allowlist"}));
        const Outcome now = boxgate({"net", "allow", Box, Nowhere + ":80"});
        QVERIFY2(now.err.isEmpty(), now.toBytes());
    }

    /// allow, block, explain: the way from a blocked attempt to a rule, by what Boxgate itself prints.
    void blockedSaysHowToAllow()
    {
        const int before = m_server.clients();
        QCOMPARE(fetch(serverAddress()).out, QByteArray("status=1\n"));
        QCOMPARE(m_server.clients(), before);
        const Outcome tested = boxgate({"net", "test", "--json", Box, serverDestination()});
        QVERIFY2(tested.exitCode == 1, tested.toBytes());
        QCOMPARE(objectOf(tested)["reason"].toString(), QString("no-rule"));
        const Outcome human = boxgate({"net", "blocked", Box});
        QVERIFY2(human.out.contains("to allow it: boxgate net allow gate " + serverRule().toUtf8()),
                 human.toBytes());
        const QJsonObject blocked = find(arrayOf(boxgate({"net", "blocked", "--json", Box})), serverPeer());
        QVERIFY(blocked["count"].toInt() >= 1);
        QCOMPARE(blocked["reason"].toString(), QString("no-rule"));
        const QString command = blocked["allow_command"].toString();
        QCOMPARE(objectOf(tested)["next_command"].toString(), command);
        checkDone(follow(command));
        QCOMPARE(boxgate({"net", "test", Box, serverDestination()}).exitCode, 0);
        QCOMPARE(fetch(serverAddress()).out, QByteArray("the page\nstatus=0\n"));
        QCOMPARE(m_server.clients(), before + 1);
        const QJsonObject rule =
            find(arrayOf(boxgate({"net", "rules", "--json", Box})), {{"rule", serverRule()}});
        QVERIFY(rule["hits"].toInt() >= 1);
        QVERIFY(rule["last_use"].toString().endsWith('Z'));
    }

    void logTellsBothVerdicts()
    {
        QList<QJsonObject> events;
        const Outcome log = boxgate({"net", "log", "--json", Box});
        for (const QByteArray &line : log.out.split('\n'))
            events.append(QJsonDocument::fromJson(line).object());
        QJsonArray all;
        for (const QJsonObject &event : events)
            all.append(event);
        QJsonObject blocked = serverPeer();
        blocked["kind"] = "blocked";
        const QJsonObject first = find(all, blocked);
        QVERIFY2(!first.isEmpty(), log.toBytes());
        QJsonObject begun = serverPeer();
        begun["kind"] = "flow-begun";
        begun["rule"] = serverRule();
        const QJsonObject later = find(all, begun);
        QVERIFY2(!later.isEmpty(), log.toBytes());
        const int number = first["sequence"].toInt();
        QVERIFY(later["sequence"].toInt() > number);
        // From there on, by its number; and only what did not pass.
        const QByteArray since = boxgate({"net", "log", "--since", QString::number(number), Box}).out;
        QVERIFY2(since.contains("rule " + serverRule().toUtf8()), since);
        const QByteArray onlyBlocked = boxgate({"net", "log", "--blocked", "--since", "10m", Box}).out;
        QVERIFY2(onlyBlocked.contains("BLOCKED  tcp  " + serverDestination().toUtf8()), onlyBlocked);
        QVERIFY2(!onlyBlocked.contains("allowed"), onlyBlocked);
        QCOMPARE(boxgate({"net", "log", "-n", "1", Box}).out.count('\n'), 1);
    }

    void followsTheLog()
    {
        const std::unique_ptr<QProcess> log = m_home->start({"net", "log", "-f", "-n", "0", Box});
        QTRY_VERIFY_WITH_TIMEOUT(
            (boxgate({"exec", Box, "nslookup", "followed.test"}), log->bytesAvailable() > 0), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(log->peek(100'000).contains("REFUSED  dns  followed.test"), 10'000);
        log->kill();
        log->waitForFinished();
    }

    void dnsShowsWhatWasAsked()
    {
        inGuest("nslookup srv.lab.test; nslookup other.lab.test; nslookup evil.test");
        const QJsonArray asked = arrayOf(boxgate({"net", "dns", "--json", Box}));
        QCOMPARE(find(asked, {{"name", "srv.lab.test"}, {"type", 1}})["addresses"].toArray(),
                 QJsonArray{m_outside.toString()});
        QCOMPARE(find(asked, {{"name", "other.lab.test"}, {"type", 1}})["addresses"].toArray(),
                 QJsonArray{"198.51.100.9"});
        QCOMPARE(find(asked, {{"name", "evil.test"}})["result"].toString(), QString("refused"));
        QVERIFY(boxgate({"net", "dns", Box}).out.contains("refused"));
    }

    void flowsCanBeEndedOneByOne()
    {
        const std::unique_ptr<QProcess> download =
            m_home->start({"exec", Box, "wget", "-qO-", m_server.address(m_outside.toString(), "/endless")});
        QTRY_VERIFY_WITH_TIMEOUT(download->bytesAvailable() > 50'000, 20'000);
        const QJsonArray flows = arrayOf(boxgate({"net", "flows", "--json", Box}));
        QJsonObject wanted = serverPeer();
        wanted["established"] = true;
        wanted["rule"] = serverRule();
        const QJsonObject flow = find(flows, wanted);
        QVERIFY2(!flow.isEmpty(), QJsonDocument(flows).toJson());
        const QString id = QString::number(flow["id"].toInt());
        const Outcome human = boxgate({"net", "flows", Box});
        QVERIFY2(human.out.contains(serverDestination().toUtf8()), human.toBytes());
        checkDone(boxgate({"net", "flows", "--close", id, Box}));
        QTRY_COMPARE_WITH_TIMEOUT(download->state(), QProcess::NotRunning, 20'000);
        // Its exit status says nothing: BusyBox's wget takes a reset after some bytes of a read for an end.
        QCOMPARE(boxgate({"net", "flows", "--close", id, Box}).exitCode, 125); // it is gone
        const QJsonArray all = arrayOf(boxgate({"net", "flows", "--all", "--json", Box}));
        QVERIFY2(sumOf(all, "bytes_received") > 50'000, QJsonDocument(all).toJson());
        QVERIFY2(sumOf(all, "flows") >= 2, QJsonDocument(all).toJson());
    }

    void denyEndsWhatTheRuleLetIn()
    {
        const Outcome unknown = boxgate({"net", "deny", Box, serverDestination()});
        QCOMPARE(unknown.exitCode, 125);
        QVERIFY2(unknown.err.contains("did you mean '" + serverRule().toUtf8() + "'?"), unknown.toBytes());
        const std::unique_ptr<QProcess> download =
            m_home->start({"exec", Box, "wget", "-qO-", m_server.address(m_outside.toString(), "/endless")});
        QTRY_VERIFY_WITH_TIMEOUT(download->bytesAvailable() > 50'000, 20'000);
        checkDone(boxgate({"net", "deny", "--close", Box, serverRule()}));
        QTRY_COMPARE_WITH_TIMEOUT(download->state(), QProcess::NotRunning, 20'000);
        QCOMPARE(fetch(serverAddress()).out, QByteArray("status=1\n"));
        checkDone(boxgate({"net", "allow", Box, serverRule()}));
        QCOMPARE(fetch(serverAddress()).out, QByteArray("the page\nstatus=0\n"));
    }

    void exposureNamesTheServiceAndHowToCloseIt()
    {
        const QString address = m_loopback.address("host.boxlite.internal");
        QCOMPARE(fetch(address).out, QByteArray("the page\nstatus=0\n")); // whatever the rules are
        const QJsonObject mine{{"port", m_loopback.port()}, {"protocol", "tcp"}};
        const QJsonObject reached = find(arrayOf(boxgate({"net", "exposure", "--json", Box})), mine);
        QCOMPARE(reached["pid"].toInteger(), qint64(::getpid()));
        checkDone(follow(reached["close_command"].toString()));
        QCOMPARE(fetch(address).out, QByteArray("status=1\n"));
        QVERIFY(find(arrayOf(boxgate({"net", "exposure", "--json", Box})), mine).isEmpty());
        const QJsonObject blocked = find(arrayOf(boxgate({"net", "blocked", "--json", Box})),
                                         {{"port", m_loopback.port()}, {"reason", "host-alias-closed"}});
        checkDone(follow(blocked["allow_command"].toString()));
        QCOMPARE(fetch(address).out, QByteArray("the page\nstatus=0\n"));
    }

    void portsComeAndGo()
    {
        QByteArray payload(1'000'000, Qt::Uninitialized);
        for (qsizetype i = 0; i < payload.size(); ++i)
            payload[i] = char(i * 31 % 251);
        checkDone(boxgate(
            {"exec", "-i", Box, "sh", "-c", "mkdir -p /www; cat > /www/file; httpd -p 80 -h /www"}, payload));
        const Outcome added = boxgate({"port", "add", Box, "80"});
        checkDone(added);
        const QByteArray text = added.out.trimmed(); // 127.0.0.1:40123->80/tcp
        QVERIFY2(text.startsWith("127.0.0.1:") && text.endsWith("->80/tcp"), added.toBytes());
        const quint16 port = text.mid(10, text.indexOf("->") - 10).toUShort();
        QTcpSocket client;
        client.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        client.write("GET /file HTTP/1.0\r\n\r\n");
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), QAbstractSocket::UnconnectedState, 30'000);
        const QByteArray answer = client.readAll();
        QVERIFY2(answer.startsWith("HTTP/1"), answer.left(200));
        QVERIFY(answer.endsWith(payload));
        QVERIFY(boxgate({"port", "ls", Box}).out.contains(QByteArray::number(port)));
        QVERIFY(boxgate({"ps"}).out.contains(text));
        const Outcome taken = boxgate({"port", "add", Box, QStringLiteral("%1:9").arg(m_loopback.port())});
        QCOMPARE(taken.exitCode, 125);
        QVERIFY2(taken.err.contains(QByteArray::number(m_loopback.port())), taken.toBytes());
        QCOMPARE(arrayOf(boxgate({"port", "ls", "--json", Box})).size(), 1); // nothing of it stayed
        checkDone(boxgate({"port", "rm", Box, QString::number(port)}));
        QTcpSocket late;
        late.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        QTRY_COMPARE(late.error(), QAbstractSocket::ConnectionRefusedError);
        QVERIFY(boxgate({"port", "ls", Box}).out.contains("publishes no port"));
    }

    void warnsOfPortsThatOthersReach()
    {
        const Outcome added = boxgate({"port", "add", Box, "0.0.0.0:0:80"});
        checkDone(added);
        QVERIFY2(added.err.contains("other machines on the network reach box gate"), added.toBytes());
        const QByteArray port = added.out.mid(8, added.out.indexOf("->") - 8);
        checkDone(boxgate({"port", "rm", Box, QString::fromUtf8(port)}));
    }

    void capturesWhileItIsOn()
    {
        checkDone(boxgate({"net", "capture", Box, "on"}));
        QCOMPARE(fetch(serverAddress()).out, QByteArray("the page\nstatus=0\n"));
        QCOMPARE(fetch(QStringLiteral("http://%1:81/").arg(m_outside.toString())).out,
                 QByteArray("status=1\n"));
        QTRY_VERIFY(objectOf(boxgate({"net", "capture", "--json", Box}))["packets"].toInt() > 5);
        QVERIFY(boxgate({"net", "capture", Box}).out.startsWith("on: "));
        checkDone(boxgate({"net", "capture", Box, "off"}));
        const QJsonObject state = objectOf(boxgate({"net", "capture", "--json", Box}));
        QVERIFY(!state["on"].toBool(true));
        QFile file(state["file"].toString());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY(bytes.startsWith("\x0a\x0d\x0d\x0a")); // pcapng's section header
        QVERIFY(bytes.contains("the page\n"));
        fetch(serverAddress());
        QCOMPARE(file.size(), bytes.size()); // off is off
    }

    void limitsHold()
    {
        const auto received = [this](int seconds) {
            const Outcome ran = boxgate({"exec", Box, "sh", "-c",
                                         QStringLiteral("timeout %1 wget -qO- %2 | wc -c")
                                             .arg(seconds)
                                             .arg(m_server.address(m_outside.toString(), "/endless"))});
            return ran.out.trimmed().toLongLong();
        };
        const Outcome set = boxgate({"net", "limit", "--received", "16k", Box});
        QCOMPARE(set.out, QByteArray("sent no limit, received 16 KiB/s\n"));
        const qint64 limited = received(4);
        QVERIFY2(limited < 400'000, QByteArray::number(limited));
        QCOMPARE(boxgate({"net", "limit", "--off", Box}).out, QByteArray("none\n"));
        const qint64 unlimited = received(4);
        QVERIFY2(unlimited > 2 * limited && unlimited > 400'000, QByteArray::number(unlimited));
    }

    void rulesGoThroughFiles()
    {
        checkDone(boxgate({"create", "--name", "other", Image}));
        const QByteArray text = boxgate({"net", "rules", "--export", Box}).out;
        QVERIFY(text.contains(serverRule().toUtf8() + '\n'));
        checkDone(boxgate({"net", "rules", "--import", "-", "other"}, text));
        const QByteArray json = boxgate({"net", "rules", "--json", Box}).out;
        checkDone(boxgate({"net", "rules", "--import", "-", "--replace", "other"}, json));
        const auto rulesOf = [this](const QString &box) {
            return m_home->inspect(box)["network"].toObject()["allow_net"].toArray();
        };
        QCOMPARE(rulesOf("other"), rulesOf(Box));
        const Outcome bad =
            boxgate({"net", "rules", "--import", "-", "--replace", "other"}, "a.org\nhttp://x\n1.2.3.4/99\n");
        QCOMPARE(bad.exitCode, 125);
        QVERIFY2(bad.err.contains("line 2") && bad.err.contains("line 3"), bad.toBytes());
        QCOMPARE(rulesOf("other"), rulesOf(Box));
    }

    void showsItAll()
    {
        const QByteArray text = boxgate({"net", "show", Box}).out;
        for (const QByteArray &part :
             {QByteArray("allowlist: it reaches what a rule allows"), QByteArray("lab.test: srv "),
              serverRule().toUtf8(), QByteArray("packets blocked")})
            QVERIFY2(text.contains(part), text);
        const QJsonObject object = objectOf(boxgate({"net", "show", "--json", Box}));
        QCOMPARE(object["network"]["mode"].toString(), QString("allowlist"));
        QVERIFY(object["live"]["counters"]["packets_blocked"].toInt() > 0);
        // As data it makes another box.
        QFile file(m_home->path() + "/network.json");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QJsonDocument(object["network"].toObject()).toJson());
        file.close();
        checkDone(boxgate({"create", "--name", "same", "--network-file", file.fileName(), Image}));
        QCOMPARE(m_home->inspect("same")["network"], object["network"]);
    }

    void whatOnlyARunningBoxKnows_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::newRow("test") << QStringList{"net", "test", "other", "a.org"};
        QTest::newRow("flows") << QStringList{"net", "flows", "other"};
        QTest::newRow("log") << QStringList{"net", "log", "-f", "other"};
        QTest::newRow("record") << QStringList{"net", "record", "other", "1m"};
    }

    void whatOnlyARunningBoxKnows()
    {
        QFETCH(QStringList, command);
        const Outcome refused = boxgate(command);
        QCOMPARE(refused.exitCode, 125);
        QVERIFY2(refused.err.contains("'boxgate start other' starts it"), refused.toBytes());
    }

    /// The last: it stops the box.
    void historyOutlivesTheBox()
    {
        const std::unique_ptr<QProcess> log = m_home->start({"net", "log", "-f", Box});
        checkDone(boxgate({"stop", Box}));
        QTRY_COMPARE_WITH_TIMEOUT(log->state(), QProcess::NotRunning, 10'000);
        QCOMPARE(log->exitCode(), 0);
        const QJsonArray history = arrayOf(boxgate({"net", "history", "--json", Box}));
        QVERIFY2(sumOf(history, "bytes_received") > 100'000, QJsonDocument(history).toJson());
        QVERIFY(boxgate({"net", "history", Box}).out.contains("srv.lab.test"));
        QCOMPARE(arrayOf(boxgate({"net", "history", "--json", "other"})), QJsonArray());
    }
};

QTEST_GUILESS_MAIN(TestCliGate)
#include "tst_cli_gate.moc"
