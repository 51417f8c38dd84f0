#include "core/control/controlconnection.h"
#include "core/control/controlserver.h"
#include "core/runner/reportdesk.h"
#include "tests/core/runner/engineguest.h"

#include <QElapsedTimer>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;
using namespace std::chrono_literals;

namespace {

constexpr auto Limit = 5s;

NetEvent numbered(quint64 sequence)
{
    NetEvent event;
    event.sequence = sequence;
    return event;
}

/// A desk with its gate, a guest and a control socket.
struct Office
{
    QTemporaryDir folder{"/tmp/bgt-XXXXXX"};
    NetworkGate gate;
    std::unique_ptr<EngineGuest> guest;
    ReportDesk desk;
    ControlServer server{ControlHello{.version = "0.1.0", .id = "0123456789ab"}};
    ControlPeer *peer = nullptr; ///< the last one

    explicit Office(const NetworkSpec &spec = {})
        : gate("web", spec, folder.filePath("capture.pcapng"))
        , desk(gate)
    {
        if (gate.hasInterface()) {
            Result<Descriptor> wire = gate.start();
            if (!wire)
                qFatal("%s", qPrintable(wire.error().message));
            guest = std::make_unique<EngineGuest>(std::move(*wire));
        }
        QObject::connect(&server, &ControlServer::accepted, &server, [this](ControlPeer *accepted) {
            peer = accepted;
            QObject::connect(accepted, &ControlPeer::requestReceived, &server,
                             [this, accepted](quint32 stream, const ControlRequest &request) {
                                 serve(accepted, stream, request);
                             });
            QObject::connect(accepted, &ControlPeer::closed, &server,
                             [this, accepted] { desk.forget(accepted, std::nullopt); });
        });
        if (!server.listen(path()))
            qFatal("the desk's socket cannot listen");
    }

    QString path() const { return folder.filePath("box.sock"); }

    void serve(ControlPeer *from, quint32 stream, const ControlRequest &request)
    {
        if (request.method == ControlMethod::Subscribe) {
            from->openSession(stream, {});
            desk.subscribe(from, stream);
        } else if (const auto answer = desk.answer(request)) {
            from->respond(stream, *answer);
        } else {
            from->respond(stream, fail(ErrorCode::InvalidArgument, "another method"));
        }
    }

    /// Events, and as many entries of the list of questions, up to its bound.
    void makeQuestions(int count) const
    {
        const quint64 before = gate.engine()->counters().packetsSent;
        for (int i = 0; i < count; ++i)
            guest->ask("host.boxlite.internal");
        QTRY_VERIFY(gate.engine()->counters().packetsSent >= before + quint64(count));
    }
};

} // namespace

class TestReportDesk : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<ControlConnection> connected(const Office &office)
    {
        auto opened = QCoro::waitFor(ControlConnection::open(office.path(), Limit));
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        return std::move(*opened);
    }

    Result<QJsonObject> ask(ControlConnection &connection, const QString &method,
                            const QJsonObject &params = {})
    {
        return QCoro::waitFor(connection.request(method, params, Limit));
    }

private Q_SLOTS:
    void anotherMethodIsLeftToOthers()
    {
        Office office;
        QVERIFY(!office.desk.answer({ControlMethod::State, {}}));
        QVERIFY(office.desk.answer({ControlMethod::Flows, {}}));
    }

    void everyListAnswers_data()
    {
        QTest::addColumn<QString>("method");
        for (const QString &method :
             {ControlMethod::Flows, ControlMethod::Destinations, ControlMethod::Blocked, ControlMethod::Dns,
              ControlMethod::Rules, ControlMethod::Ports})
            QTest::newRow(qPrintable(method)) << method;
    }

    void everyListAnswers()
    {
        QFETCH(QString, method);
        Office office;
        const auto connection = connected(office);
        const auto answer = ask(*connection, method);
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().message));
        QVERIFY(ReportPage::fromJson(*answer));
        const auto refused = ask(*connection, method, {{"offset", -1}});
        QVERIFY(refused.error().message.contains("offset"));
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        Office dark(off);
        QVERIFY(ReportPage::fromJson(*ask(*connected(dark), method))->entries.isEmpty());
    }

    void tellsWhatWasBlockedAndAsked()
    {
        Office office;
        office.guest->sendBadFrame();
        office.makeQuestions(3);
        QTRY_COMPARE(office.gate.counters().packetsBlocked, 1U);
        const auto connection = connected(office);
        const auto blocked = ReportPage::fromJson(*ask(*connection, ControlMethod::Blocked));
        QCOMPARE(blocked->entries.size(), 1);
        const auto entry = NetBlocked::fromJson(blocked->entries.first().toObject());
        QVERIFY(entry && entry->reason == GateReason::BadFrame && entry->count == 1);
        QVERIFY(!entry->detail.isEmpty());
        const auto asked = ReportPage::fromJson(*ask(*connection, ControlMethod::Dns));
        QCOMPARE(asked->entries.size(), 3);
        const auto question = NetDnsQuestion::fromJson(asked->entries.last().toObject());
        QVERIFY(question && question->result == DnsResult::Zone);
        QCOMPARE(question->addresses, QStringList{"192.168.127.254"});
    }

    void pagesAreOfOneLook()
    {
        Office office;
        office.makeQuestions(10);
        const auto connection = connected(office);
        const auto first = ReportPage::fromJson(*ask(*connection, ControlMethod::Dns, {{"limit", 4}}));
        QCOMPARE(first->entries.size(), 4);
        QVERIFY(first->more);
        office.makeQuestions(5); // what comes meanwhile is not in the rest
        const auto rest = ReportPage::fromJson(*ask(*connection, ControlMethod::Dns, {{"offset", 4}}));
        QCOMPARE(rest->entries.size(), 6);
        QVERIFY(!rest->more);
        const auto anew = ReportPage::fromJson(*ask(*connection, ControlMethod::Dns));
        QCOMPARE(anew->entries.size(), 15);
    }

    void testsAndClosesFlows()
    {
        NetworkSpec spec;
        spec.mode = NetworkMode::Allowlist;
        spec.allowNet = QStringList{"a.test:443"};
        Office office(spec);
        const auto connection = connected(office);
        const auto allowed = ask(*connection, ControlMethod::Test, {{"destination", "a.test:443"}});
        const Result<NetTest> test = NetTest::fromJson(*allowed);
        QVERIFY(test && test->allowed && test->reason == GateReason::NameRule);
        QCOMPARE(test->rule, "a.test:443");
        const auto blocked = ask(*connection, ControlMethod::Test, {{"destination", "b.test:443"}});
        QVERIFY(!NetTest::fromJson(*blocked)->allowed);
        QVERIFY(!NetTest::fromJson(*blocked)->nextStep.isEmpty());
        const auto none = ask(*connection, ControlMethod::Test, {{"destination", "two words"}});
        QVERIFY(none.error().code == ErrorCode::InvalidArgument);
        const auto noFlow = ask(*connection, ControlMethod::CloseFlow, {{"id", 99}});
        QVERIFY(noFlow.error().code == ErrorCode::NotFound);
        QVERIFY(NetCapture::fromJson(*ask(*connection, ControlMethod::Capture)));
    }

    void aBoxWithoutInterfaceReachesNothing()
    {
        NetworkSpec off;
        off.mode = NetworkMode::Off;
        Office office(off);
        const auto answer = ask(*connected(office), ControlMethod::Test, {{"destination", "a.test:443"}});
        const Result<NetTest> test = NetTest::fromJson(*answer);
        QVERIFY(test && !test->allowed && test->reason == GateReason::OffMode);
    }

    void eventsAreNumberedAndPaged()
    {
        Office office;
        office.makeQuestions(20);
        const auto connection = connected(office);
        const auto all = EventsPage::fromJson(*ask(*connection, ControlMethod::Events));
        QCOMPARE(all->batch.events.size(), 20);
        QCOMPARE(all->batch.lost, 0U);
        const quint64 middle = all->batch.events[9].sequence;
        const auto rest =
            EventsPage::fromJson(*ask(*connection, ControlMethod::Events, {{"after", qint64(middle)}}));
        QCOMPARE(rest->batch.events.size(), 10);
    }

    void subscribersGetWhatHappensFromThenOn()
    {
        Office office;
        office.makeQuestions(5);
        const auto connection = connected(office);
        const auto stream = connection->makeStream(ControlMethod::Subscribe, {});
        NetEventBatch got;
        connect(stream.get(), &ControlStream::eventReceived, this, [&got](const QJsonObject &event) {
            const auto page = EventsPage::fromJson(event);
            got.events += page->batch.events;
            got.lost += page->batch.lost;
        });
        QVERIFY(QCoro::waitFor(stream->open(Limit)));
        office.makeQuestions(7);
        QTRY_COMPARE(got.events.size(), 7);
        QCOMPARE(got.events.first().sequence, 6U);
        QCOMPARE(got.lost, 0U);
    }

    void aSlowSubscriberStallsNobodyAndIsToldWhatItMissed()
    {
        Office office;
        // A client that subscribes and does not read.
        QLocalSocket slow;
        slow.setReadBufferSize(1024);
        slow.connectToServer(office.path());
        const QByteArray request = ControlRequest{ControlMethod::Subscribe, {}}.encode();
        slow.write(encodeJsonFrame(ControlFrameType::Request, 1, request));
        QTRY_VERIFY(office.peer && office.peer->isSession(1));
        ControlPeer *const peer = office.peer;
        // One that reads: what it has, the other one was offered.
        const auto connection = connected(office);
        const auto stream = connection->makeStream(ControlMethod::Subscribe, {});
        quint64 told = 0;
        connect(stream.get(), &ControlStream::eventReceived, this, [&told](const QJsonObject &event) {
            told = EventsPage::fromJson(event)->batch.events.last().sequence;
        });
        QVERIFY(QCoro::waitFor(stream->open(Limit)));
        // More than the slow one's queue and the engine's memory of events take.
        qint64 most = 0;
        for (quint64 asked = 1000; asked <= 12000; asked += 1000) {
            office.makeQuestions(1000);
            QTRY_COMPARE(told, asked);
            QVERIFY(ask(*connection, ControlMethod::Capture));
            most = std::max(most, peer->queuedBytes());
        }
        QVERIFY(peer->queuedBytes() > ControlPeer::SlowBytes);
        QVERIFY(most < ControlPeer::SlowBytes + qint64(ControlLimits::MaxJsonBytes) + 4096);
        // It reads again.
        quint64 lost = 0;
        quint64 last = 0;
        quint64 seen = 0;
        ControlFrameReader reader;
        slow.setReadBufferSize(0);
        const auto read = [&] {
            reader.feed(slow.readAll());
            ControlFrame frame;
            while (reader.next(frame) == ControlFrameReader::Status::Frame) {
                const auto event = decodeEvent(frame.json);
                if (frame.type != ControlFrameType::Event || frame.stream != 1 || !event)
                    continue;
                const auto page = EventsPage::fromJson(*event);
                QVERIFY(page);
                lost += page->batch.lost;
                seen += quint64(page->batch.events.size());
                last = page->batch.events.last().sequence;
            }
        };
        connect(&slow, &QLocalSocket::readyRead, this, read);
        read();
        QTRY_COMPARE(last, 12000U);
        QVERIFY(lost > 0);
        QCOMPARE(seen + lost, 12000U); // none is missed silently
    }

    void eachSubscriberGetsItsPart()
    {
        const NetEventBatch batch{{numbered(5), numbered(6), numbered(7)}, 4};
        QCOMPARE(eventsAfter(batch, 5).events.size(), 2);
        QCOMPARE(eventsAfter(batch, 5).lost, 0U);
        QCOMPARE(eventsAfter(batch, 2).events.size(), 3);
        QCOMPARE(eventsAfter(batch, 2).lost, 2U);
        QVERIFY(eventsAfter(batch, 7).events.isEmpty());
        QCOMPARE(eventsAfter(batch, 7).lost, 0U);
    }
};

QTEST_GUILESS_MAIN(TestReportDesk)
#include "tst_reportdesk.moc"
