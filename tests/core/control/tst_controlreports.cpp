#include "core/control/controlframe.h"
#include "core/control/controlmessages.h"
#include "core/control/controlreports.h"

#include <QJsonDocument>
#include <QTest>

using namespace boxgate;

namespace {

template <typename T> void comesBack(const T &value)
{
    // Over the text, as on the socket.
    const QByteArray text = QJsonDocument(value.toJson()).toJson(QJsonDocument::Compact);
    const Result<T> read = T::fromJson(QJsonDocument::fromJson(text).object());
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QVERIFY(*read == value);
}

/// The largest event that there can be.
NetEvent largeEvent(quint64 sequence)
{
    NetEvent event;
    event.sequence = sequence;
    event.peer.name = QString(4096, u'\x1'); // escaped by JSON: six bytes each
    return event;
}

} // namespace

class TestControlReports : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void valuesComeBack();
    void pagesJoinToTheWhole_data();
    void pagesJoinToTheWhole();
    void everyPageFitsAFrame();
    void everyBatchFitsAFrame();
    void refusedParams_data();
    void refusedParams();
    void aPageHoldsObjectsAlone();
};

void TestControlReports::valuesComeBack()
{
    comesBack(PageParams{7, 11});
    comesBack(ReportPage{{QJsonObject{{"a", 1}}}, true});
    comesBack(EventsParams{1ULL << 50});
    comesBack(EventsPage{NetEventBatch{{largeEvent(3)}, 2}, true});
    comesBack(TestParams{"a.test:443/udp"});
    comesBack(CloseFlowParams{9});
    // As an event of a subscription, it carries its name too.
    QJsonObject event = EventsPage{}.toJson();
    event.insert("event", ControlEvent::NetEvents);
    QVERIFY(EventsPage::fromJson(event));
}

void TestControlReports::pagesJoinToTheWhole_data()
{
    QTest::addColumn<int>("total");
    QTest::addColumn<int>("limit");
    QTest::newRow("nothing") << 0 << 10;
    QTest::newRow("one page") << 10 << 10;
    QTest::newRow("a rest") << 11 << 10;
    QTest::newRow("one by one") << 5 << 1;
    QTest::newRow("more than a frame") << 20000 << 2048;
}

void TestControlReports::pagesJoinToTheWhole()
{
    QFETCH(const int, total);
    QFETCH(const int, limit);
    const auto entry = [](int index) { return QJsonObject{{"index", index}, {"text", QString(100, u'x')}}; };
    int seen = 0;
    ReportPage page;
    do {
        page = ReportPage::of(PageParams{seen, limit}, total, entry);
        QVERIFY(page.entries.size() <= limit);
        for (const QJsonValue &value : std::as_const(page.entries))
            QCOMPARE(value.toObject().value("index").toInt(), seen++);
    } while (page.more && !page.entries.isEmpty());
    QCOMPARE(seen, total);
    QVERIFY(ReportPage::of(PageParams{total + 5, limit}, total, entry).entries.isEmpty());
}

void TestControlReports::everyPageFitsAFrame()
{
    const auto entry = [](int) { return largeEvent(1).toJson(); };
    const ReportPage page = ReportPage::of(PageParams{}, 1000, entry);
    QVERIFY(page.more);
    QVERIFY(!page.entries.isEmpty());
    QVERIFY(encodeResult(page.toJson()).size() < qsizetype(ControlLimits::MaxJsonBytes));
}

void TestControlReports::everyBatchFitsAFrame()
{
    NetEventBatch all;
    for (quint64 i = 1; i <= 100; ++i)
        all.events.append(largeEvent(i));
    all.lost = 5;
    quint64 last = 0;
    EventsPage page;
    do {
        page = EventsPage::of(all);
        QVERIFY(encodeResult(page.toJson()).size() < qsizetype(ControlLimits::MaxJsonBytes));
        QCOMPARE(page.batch.lost, 5U);
        for (const NetEvent &event : std::as_const(page.batch.events))
            QCOMPARE(event.sequence, ++last);
        all.events.remove(0, page.batch.events.size());
    } while (page.more && !page.batch.events.isEmpty());
    QCOMPARE(last, 100U);
}

void TestControlReports::refusedParams_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const QString &method, const char *json, const char *field) {
        QTest::newRow(name) << method << QByteArray(json) << QString::fromLatin1(field);
    };
    row("negative offset", ControlMethod::Flows, R"({"offset": -1})", "offset");
    row("no entries asked for", ControlMethod::Flows, R"({"limit": 0})", "limit");
    row("too many asked for", ControlMethod::Flows, R"({"limit": 100000})", "limit");
    row("unknown field", ControlMethod::Flows, R"({"since": 1})", "since");
    row("negative sequence", ControlMethod::Events, R"({"after": -1})", "after");
    row("no destination", ControlMethod::Test, "{}", "destination");
    QTest::newRow("a destination without end")
        << ControlMethod::Test << R"({"destination": ")" + QByteArray(301, 'x') + "\"}"
        << "destination";
    row("no flow", ControlMethod::CloseFlow, "{}", "id");
}

void TestControlReports::refusedParams()
{
    QFETCH(const QString, method);
    QFETCH(const QByteArray, json);
    QFETCH(const QString, field);
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    Result<void> read;
    const auto take = [&read](const auto &params) {
        if (!params)
            read = fail(params.error());
    };
    if (method == ControlMethod::Flows)
        take(PageParams::fromJson(object));
    else if (method == ControlMethod::Events)
        take(EventsParams::fromJson(object));
    else if (method == ControlMethod::Test)
        take(TestParams::fromJson(object));
    else
        take(CloseFlowParams::fromJson(object));
    QVERIFY(!read);
    QVERIFY2(read.error().message.contains(field), qPrintable(read.error().message));
}

void TestControlReports::aPageHoldsObjectsAlone()
{
    QVERIFY(ReportPage::fromJson({{"entries", QJsonArray{QJsonObject()}}, {"more", false}}));
    QVERIFY(!ReportPage::fromJson({{"entries", QJsonArray{1}}, {"more", false}}));
    QJsonArray many;
    for (int i = 0; i <= ReportLimits::MaxPageEntries; ++i)
        many.append(QJsonObject());
    QVERIFY(!ReportPage::fromJson({{"entries", many}, {"more", false}}));
}

QTEST_GUILESS_MAIN(TestControlReports)
#include "tst_controlreports.moc"
