#include "core/runner/reportdesk.h"

#include "core/runner/gatetranslation.h"

#include <algorithm>

namespace boxgate {

namespace {

/// How long the pages of one look can be asked for: a client asks for the next one at once.
constexpr std::chrono::seconds LookLimit{10};

/// A list of reports as something from which pages can be cut. Translation waits until an entry is needed.
template <typename Report> std::function<QJsonObject(int)> entriesOf(std::vector<Report> reports)
{
    return [reports = std::move(reports)](int index) { return toModel(reports[size_t(index)]).toJson(); };
}

tl::unexpected<Error> notYet()
{
    return fail(ErrorCode::Conflict, QStringLiteral("The box's network is not up yet: try again"));
}

} // namespace

NetEventBatch eventsAfter(const NetEventBatch &batch, quint64 told)
{
    NetEventBatch rest;
    for (const NetEvent &event : batch.events) {
        if (event.sequence > told)
            rest.events.append(event);
    }
    if (!rest.events.isEmpty())
        rest.lost = rest.events.first().sequence - told - 1; // numbered without gaps
    return rest;
}

ReportDesk::ReportDesk(NetworkGate &gate, QObject *parent)
    : QObject(parent)
    , m_gate(gate)
{
    m_lookTimer.setSingleShot(true);
    m_lookTimer.setInterval(LookLimit);
    connect(&m_lookTimer, &QTimer::timeout, this, [this] { m_look.reset(); });
    m_eventTimer.setInterval(EventInterval);
    connect(&m_eventTimer, &QTimer::timeout, this, &ReportDesk::publishEvents);
}

std::optional<Result<QJsonObject>> ReportDesk::answer(const ControlRequest &request)
{
    const QString &method = request.method;
    if (method == ControlMethod::Events)
        return events(request.params);
    if (method == ControlMethod::Test)
        return test(request.params);
    if (method == ControlMethod::CloseFlow)
        return closeFlow(request.params);
    if (method == ControlMethod::Capture)
        return m_gate.capture().toJson();
    static const QStringList lists{ControlMethod::Flows, ControlMethod::Destinations, ControlMethod::Blocked,
                                   ControlMethod::Dns,   ControlMethod::Rules,        ControlMethod::Ports};
    if (lists.contains(method))
        return page(method, request.params);
    return std::nullopt;
}

ReportDesk::Look ReportDesk::look(const QString &method) const
{
    const net::Engine *const engine = m_gate.engine();
    if (!engine)
        return Look{method, 0, {}};
    const auto made = [&method](auto reports) {
        const int total = int(reports.size());
        return Look{method, total, entriesOf(std::move(reports))};
    };
    if (method == ControlMethod::Flows)
        return made(engine->flows());
    if (method == ControlMethod::Destinations)
        return made(engine->destinations());
    if (method == ControlMethod::Blocked)
        return made(engine->blocked());
    if (method == ControlMethod::Dns)
        return made(engine->dnsLog());
    if (method == ControlMethod::Rules)
        return made(engine->rules());
    return made(engine->ports());
}

Result<QJsonObject> ReportDesk::page(const QString &method, const QJsonObject &object)
{
    const Result<PageParams> params = PageParams::fromJson(object);
    BOXGATE_TRY(params);
    if (params->offset == 0 || !m_look || m_look->method != method)
        m_look = look(method);
    const ReportPage page = ReportPage::of(*params, m_look->total, m_look->entry);
    if (page.more) {
        m_lookTimer.start();
    } else {
        m_lookTimer.stop();
        m_look.reset();
    }
    return page.toJson();
}

Result<QJsonObject> ReportDesk::events(const QJsonObject &object) const
{
    const Result<EventsParams> params = EventsParams::fromJson(object);
    BOXGATE_TRY(params);
    NetEventBatch batch;
    if (m_gate.engine())
        batch = toModel(m_gate.engine()->events(params->after));
    return EventsPage::of(batch).toJson();
}

Result<QJsonObject> ReportDesk::test(const QJsonObject &object) const
{
    const Result<TestParams> params = TestParams::fromJson(object);
    BOXGATE_TRY(params);
    if (!m_gate.hasInterface()) {
        NetTest off;
        off.reason = GateReason::OffMode;
        off.name = params->destination;
        off.protocol = QStringLiteral("tcp");
        off.nextStep = QStringLiteral("switch the network on and start the box again");
        return off.toJson();
    }
    if (!m_gate.engine())
        return notYet();
    const Result<net::TestReport> report = m_gate.engine()->test(params->destination.toStdString());
    BOXGATE_TRY(report);
    return toModel(*report).toJson();
}

Result<QJsonObject> ReportDesk::closeFlow(const QJsonObject &object)
{
    const Result<CloseFlowParams> params = CloseFlowParams::fromJson(object);
    BOXGATE_TRY(params);
    if (!m_gate.engine())
        return notYet();
    const Result<void> closed = m_gate.engine()->closeFlow(params->id);
    BOXGATE_TRY(closed);
    return QJsonObject();
}

void ReportDesk::subscribe(ControlPeer *peer, quint32 stream)
{
    Subscriber subscriber{peer, stream, 0};
    if (m_gate.engine()) {
        const net::EventBatch kept = m_gate.engine()->events(0);
        subscriber.told = kept.events.empty() ? 0 : kept.events.back().sequence;
    }
    m_subscribers.append(subscriber);
    if (!m_eventTimer.isActive())
        m_eventTimer.start();
}

void ReportDesk::forget(const ControlPeer *peer, std::optional<quint32> stream)
{
    m_subscribers.removeIf([&](const Subscriber &subscriber) {
        return subscriber.peer == peer && (!stream || subscriber.stream == *stream);
    });
    if (m_subscribers.isEmpty())
        m_eventTimer.stop();
}

void ReportDesk::publishEvents()
{
    const auto isReady = [](const Subscriber &subscriber) {
        return subscriber.peer->queuedBytes() <= ControlPeer::SlowBytes;
    };
    if (!m_gate.engine() || std::none_of(m_subscribers.begin(), m_subscribers.end(), isReady))
        return;
    // One look for all: from the one that knows least.
    quint64 least = std::numeric_limits<quint64>::max();
    for (const Subscriber &subscriber : std::as_const(m_subscribers)) {
        if (isReady(subscriber))
            least = std::min(least, subscriber.told);
    }
    const NetEventBatch batch = toModel(m_gate.engine()->events(least));
    for (Subscriber &subscriber : m_subscribers) {
        EventsPage page;
        page.more = true;
        while (page.more && isReady(subscriber)) {
            page = EventsPage::of(eventsAfter(batch, subscriber.told));
            if (page.batch.events.isEmpty())
                break;
            subscriber.told = page.batch.events.last().sequence;
            QJsonObject event = page.toJson();
            event.insert(QStringLiteral("event"), ControlEvent::NetEvents);
            subscriber.peer->postDroppable(subscriber.stream, event);
        }
    }
}

} // namespace boxgate
