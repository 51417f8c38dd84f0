#include "core/client/boxoperations.h"
#include "core/control/controlreports.h"
#include "tests/core/client/scriptedrunner.h"

#include <QCoroTask>
#include <QSignalSpy>
#include <QTest>

using namespace boxgate;
using namespace boxgate::test;

namespace {

QList<NetFlow> someFlows(int count)
{
    QList<NetFlow> flows;
    for (int i = 0; i < count; ++i) {
        NetFlow flow;
        flow.id = quint64(i);
        flow.peer.protocol = "tcp";
        flow.peer.name = QString(200, u'n');
        flows.append(flow);
    }
    return flows;
}

NetEvent numbered(quint64 sequence)
{
    NetEvent event;
    event.sequence = sequence;
    return event;
}

} // namespace

class TestBoxReports : public QObject
{
    Q_OBJECT

private:
    std::shared_ptr<BoxHandle> handleOf(const StoredHome &home, const BoxId &id)
    {
        const auto opened = QCoro::waitFor(BoxHandle::open(home.paths, id));
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        return *opened;
    }

private Q_SLOTS:
    void joinsThePagesOfALongList()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        const QList<NetFlow> flows = someFlows(3000); // three frames at least
        int requests = 0;
        runner.others = [&](const ControlRequest &request) -> Result<QJsonObject> {
            ++requests;
            const auto params = PageParams::fromJson(request.params);
            if (request.method != ControlMethod::Flows || !params)
                return fail(ErrorCode::InvalidArgument, QStringLiteral("not scripted"));
            const auto entry = [&](int index) { return flows[index].toJson(); };
            return ReportPage::of(*params, int(flows.size()), entry).toJson();
        };
        const auto read = QCoro::waitFor(handleOf(home, id)->flows());
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QVERIFY(*read == flows);
        QVERIFY(requests > 2);
    }

    void aRunnerThatNeverEndsItsListIsBounded()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        QJsonArray full;
        for (int i = 0; i < ReportLimits::MaxPageEntries; ++i)
            full.append(NetRuleUse().toJson());
        runner.others = [&](const ControlRequest &) -> Result<QJsonObject> {
            return ReportPage{full, true}.toJson();
        };
        const auto read = QCoro::waitFor(handleOf(home, id)->ruleUse());
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QVERIFY(read->size() <= ReportLimits::MaxEntries + ReportLimits::MaxPageEntries);
        runner.others = [](const ControlRequest &) -> Result<QJsonObject> {
            return ReportPage{{}, true}.toJson();
        };
        QVERIFY(QCoro::waitFor(handleOf(home, id)->ruleUse())->isEmpty());
    }

    void anEntryThatIsNoneIsAnError()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        runner.others = [](const ControlRequest &) -> Result<QJsonObject> {
            return ReportPage{{QJsonObject{{"id", "one"}}}, false}.toJson();
        };
        const auto read = QCoro::waitFor(handleOf(home, id)->flows());
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains("'id'"), qPrintable(read.error().message));
    }

    void asksForWhatWasMeant()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        QList<ControlRequest> asked;
        NetTest allowed;
        allowed.allowed = true;
        NetCapture captured;
        captured.on = true;
        runner.others = [&](const ControlRequest &request) -> Result<QJsonObject> {
            asked.append(request);
            if (request.method == ControlMethod::Test)
                return allowed.toJson();
            if (request.method == ControlMethod::Capture)
                return captured.toJson();
            return request.method == ControlMethod::CloseFlow ? QJsonObject() : ReportPage().toJson();
        };
        const auto handle = handleOf(home, id);
        QVERIFY(QCoro::waitFor(handle->testDestination("a.test:443"))->allowed);
        QVERIFY(QCoro::waitFor(handle->closeFlow(17)));
        QVERIFY(QCoro::waitFor(handle->capture())->on);
        QVERIFY(QCoro::waitFor(handle->destinations()));
        QVERIFY(QCoro::waitFor(handle->blocked()));
        QVERIFY(QCoro::waitFor(handle->dnsLog()));
        QVERIFY(QCoro::waitFor(handle->ports()));
        QStringList methods;
        for (const ControlRequest &request : std::as_const(asked))
            methods.append(request.method);
        QCOMPARE(methods,
                 QStringList({"test", "close-flow", "capture", "destinations", "blocked", "dns", "ports"}));
        QCOMPARE(asked[0].params.value("destination").toString(), "a.test:443");
        QCOMPARE(asked[1].params.value("id").toInt(), 17);
    }

    void joinsEventsAndCountsTheLost()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        runner.others = [](const ControlRequest &request) -> Result<QJsonObject> {
            const quint64 after = EventsParams::fromJson(request.params)->after;
            const bool isFirst = after == 3;
            const NetEventBatch batch{{numbered(after + 4), numbered(after + 5)}, quint64(isFirst ? 3 : 0)};
            return EventsPage{batch, isFirst}.toJson();
        };
        const auto read = QCoro::waitFor(handleOf(home, id)->netEvents(3));
        QVERIFY(read);
        QCOMPARE(read->lost, 3U);
        QCOMPARE(read->events.size(), 4);
        QCOMPARE(read->events.last().sequence, 13U);
    }

    void liveEventsCome()
    {
        StoredHome home;
        const BoxId id = home.add("web");
        ScriptedRunner runner(home, id);
        const auto handle = handleOf(home, id);
        QList<NetEventBatch> batches;
        connect(handle.get(), &BoxHandle::netEventsReceived, this,
                [&](const NetEventBatch &batch) { batches.append(batch); });
        QVERIFY(QCoro::waitFor(handle->subscribeNetEvents()));
        QJsonObject event = EventsPage{NetEventBatch{{numbered(5)}, 2}, false}.toJson();
        event.insert("event", ControlEvent::NetEvents);
        runner.tell(event);
        QTRY_COMPARE(batches.size(), 1);
        QCOMPARE(batches.first().events.first().sequence, 5U);
        QCOMPARE(batches.first().lost, 2U);
    }
};

QTEST_GUILESS_MAIN(TestBoxReports)
#include "tst_boxreports.moc"
