/// What a running box's gate tells: declared in boxhandle.h.
#include "core/client/boxhandle.h"

#include "core/control/controlreports.h"

namespace boxgate {

namespace {

/// The runner answers from memory; slower than this it hangs.
constexpr std::chrono::seconds RequestLimit{10};

/// All pages of a list. The runner is not trusted: what it may make a client hold is bounded.
template <typename Entry> Async<QList<Entry>> readList(ControlConnection *connection, QString method)
{
    QList<Entry> all;
    bool more = true;
    while (more && all.size() < ReportLimits::MaxEntries) {
        PageParams params;
        params.offset = int(all.size());
        const QJsonObject json = params.toJson();
        const Result<QJsonObject> answer = co_await connection->request(method, json, RequestLimit);
        BOXGATE_CO_TRY(answer);
        const Result<ReportPage> page = ReportPage::fromJson(*answer);
        BOXGATE_CO_TRY(page);
        for (const QJsonValue &value : page->entries) {
            const Result<Entry> entry = Entry::fromJson(value.toObject());
            BOXGATE_CO_TRY(entry);
            all.append(*entry);
        }
        more = page->more && !page->entries.isEmpty();
    }
    co_return all;
}

} // namespace

Async<QList<NetFlow>> BoxHandle::flows()
{
    return readList<NetFlow>(m_connection.get(), ControlMethod::Flows);
}

Async<QList<NetDestination>> BoxHandle::destinations()
{
    return readList<NetDestination>(m_connection.get(), ControlMethod::Destinations);
}

Async<QList<NetBlocked>> BoxHandle::blocked()
{
    return readList<NetBlocked>(m_connection.get(), ControlMethod::Blocked);
}

Async<QList<NetDnsQuestion>> BoxHandle::dnsLog()
{
    return readList<NetDnsQuestion>(m_connection.get(), ControlMethod::Dns);
}

Async<QList<NetRuleUse>> BoxHandle::ruleUse()
{
    return readList<NetRuleUse>(m_connection.get(), ControlMethod::Rules);
}

Async<QList<NetPort>> BoxHandle::ports()
{
    return readList<NetPort>(m_connection.get(), ControlMethod::Ports);
}

Async<NetCapture> BoxHandle::capture()
{
    const QJsonObject none;
    const Result<QJsonObject> answer =
        co_await m_connection->request(ControlMethod::Capture, none, RequestLimit);
    BOXGATE_CO_TRY(answer);
    co_return NetCapture::fromJson(*answer);
}

Async<NetTest> BoxHandle::testDestination(QString destination)
{
    TestParams params;
    params.destination = destination;
    const QJsonObject json = params.toJson();
    const Result<QJsonObject> answer =
        co_await m_connection->request(ControlMethod::Test, json, RequestLimit);
    BOXGATE_CO_TRY(answer);
    co_return NetTest::fromJson(*answer);
}

Async<void> BoxHandle::closeFlow(quint64 id)
{
    CloseFlowParams params;
    params.id = id;
    const QJsonObject json = params.toJson();
    const Result<QJsonObject> closing =
        co_await m_connection->request(ControlMethod::CloseFlow, json, RequestLimit);
    BOXGATE_CO_TRY(closing);
    co_return {};
}

Async<NetEventBatch> BoxHandle::netEvents(quint64 after)
{
    NetEventBatch all;
    EventsParams params;
    params.after = after;
    bool more = true;
    while (more && all.events.size() < ReportLimits::MaxEntries) {
        const QJsonObject json = params.toJson();
        const Result<QJsonObject> answer =
            co_await m_connection->request(ControlMethod::Events, json, RequestLimit);
        BOXGATE_CO_TRY(answer);
        const Result<EventsPage> page = EventsPage::fromJson(*answer);
        BOXGATE_CO_TRY(page);
        all.events += page->batch.events;
        all.lost += page->batch.lost;
        more = page->more && !page->batch.events.isEmpty();
        if (more)
            params.after = page->batch.events.last().sequence;
    }
    co_return all;
}

Async<void> BoxHandle::subscribeNetEvents()
{
    SubscribeParams params;
    params.events = true;
    m_netSubscription = m_connection->makeStream(ControlMethod::Subscribe, params.toJson());
    connect(m_netSubscription.get(), &ControlStream::eventReceived, this, &BoxHandle::takeEvent);
    const Result<QJsonObject> opened = co_await m_netSubscription->open(RequestLimit);
    BOXGATE_CO_TRY(opened);
    co_return {};
}

} // namespace boxgate
