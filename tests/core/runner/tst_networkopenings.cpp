#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "core/control/controlconnection.h"
#include "core/control/controlserver.h"
#include "core/runner/networkopenings.h"

#include <QCoroTask>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace boxgate;
using namespace std::chrono_literals;

namespace {

constexpr auto Limit = 5s;

NetworkSpec allowlist()
{
    NetworkSpec spec;
    spec.mode = NetworkMode::Allowlist;
    return spec;
}

/// A gate whose network clients of a control socket hold open.
struct Office
{
    QTemporaryDir folder{"/tmp/bgt-XXXXXX"};
    NetworkGate gate{"web", allowlist(), folder.filePath("capture.pcapng")};
    NetworkOpenings openings{gate};
    ControlServer server{ControlHello{.version = "0.1.0", .id = "0123456789ab"}};
    Result<Descriptor> wire = gate.start();

    Office()
    {
        QObject::connect(&server, &ControlServer::accepted, &server, [this](ControlPeer *peer) {
            QObject::connect(peer, &ControlPeer::requestReceived, &server,
                             [this, peer](quint32 stream, const ControlRequest &request) {
                                 const auto params = OpenNetworkParams::fromJson(request.params);
                                 openings.open(peer, stream, params.value_or(OpenNetworkParams{1s}));
                             });
            QObject::connect(peer, &ControlPeer::cancelled, &server,
                             [this, peer](quint32 stream) { openings.forget(peer, stream); });
            QObject::connect(peer, &ControlPeer::closed, &server,
                             [this, peer] { openings.forget(peer, std::nullopt); });
        });
        if (!wire || !server.listen(folder.filePath("box.sock")))
            qFatal("the gate or its socket does not start");
    }

    std::unique_ptr<ControlConnection> client() const
    {
        auto connected = QCoro::waitFor(ControlConnection::open(folder.filePath("box.sock"), Limit));
        if (!connected)
            qFatal("%s", qPrintable(connected.error().message));
        return std::move(*connected);
    }

    static std::unique_ptr<ControlStream> hold(ControlConnection &client, std::chrono::seconds time)
    {
        OpenNetworkParams params;
        params.time = time;
        auto stream = client.makeStream(ControlMethod::OpenNetwork, params.toJson());
        const Result<QJsonObject> opened = QCoro::waitFor(stream->open(Limit));
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        return stream;
    }

    bool isOpen() const { return gate.engine()->test("10.9.9.9:80")->isAllowed; }
};

} // namespace

/// The network is open for just as long as somebody holds it.
class TestNetworkOpenings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endsWithItsSession()
    {
        Office office;
        const auto client = office.client();
        QVERIFY(!office.isOpen());
        auto stream = Office::hold(*client, 1h);
        QVERIFY(office.isOpen());
        const qint64 left = QDateTime::currentDateTimeUtc().secsTo(office.gate.openedUntil());
        QVERIFY2(left > 3500 && left <= 3600, qPrintable(QString::number(left)));
        stream.reset();
        QTRY_VERIFY(!office.isOpen());
        QVERIFY(office.gate.openedUntil().isNull());
    }

    void endsWithItsClient()
    {
        Office office;
        auto client = office.client();
        const auto stream = Office::hold(*client, 1h);
        QVERIFY(office.isOpen());
        client.reset();
        QTRY_VERIFY(!office.isOpen());
    }

    void endsInTime()
    {
        Office office;
        const auto client = office.client();
        const auto longer = Office::hold(*client, 1h);
        const auto stream = Office::hold(*client, 1s);
        QSignalSpy events(stream.get(), &ControlStream::eventReceived);
        QTRY_COMPARE(events.size(), 1);
        QCOMPARE(events.first().first().toJsonObject().value("event").toString(), ControlEvent::Closed);
        QVERIFY(office.isOpen()); // the other one holds it still
        QVERIFY(longer->isOpen());
        const auto last = office.client();
        QSignalSpy changes(&office.openings, &NetworkOpenings::changed);
        longer->cancel();
        QTRY_VERIFY(!office.isOpen());
        const auto shortOne = Office::hold(*last, 1s);
        QVERIFY(office.isOpen());
        QTRY_VERIFY(!office.isOpen());
        QVERIFY(changes.size() >= 3);
    }

    void theLastOneClosesIt()
    {
        Office office;
        auto one = office.client();
        auto other = office.client();
        const auto first = Office::hold(*one, 1h);
        const auto second = Office::hold(*other, 1h);
        one.reset();
        QTRY_COMPARE(office.server.findChildren<ControlPeer *>().size(), 1);
        QVERIFY(office.isOpen());
        other.reset();
        QTRY_VERIFY(!office.isOpen());
    }

    void aModeThatSomebodyChoseStays()
    {
        Office office;
        const auto client = office.client();
        auto stream = Office::hold(*client, 1h);
        NetworkSpec off = allowlist();
        off.mode = NetworkMode::Off;
        QVERIFY(office.gate.apply(off, ExistingFlows::Keep));
        QVERIFY(!office.isOpen());
        stream.reset();
        (void)QCoro::waitFor(client->request("anything", {}, Limit)); // the session's end was heard before
        QVERIFY(office.gate.spec().mode == NetworkMode::Off);
    }
};

QTEST_GUILESS_MAIN(TestNetworkOpenings)
#include "tst_networkopenings.moc"
