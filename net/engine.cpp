#include "net/engine.h"

#include "net/capture/framecapture.h"
#include "net/netthread.h"
#include "net/policy/destination.h"

#include <algorithm>
#include <atomic>
#include <unistd.h>

namespace boxgate::net {

namespace {

std::atomic<bool> engineExists{false};

tl::unexpected<Error> refused(const std::string &why)
{
    return fail(ErrorCode::InvalidArgument, QString::fromStdString(why));
}

} // namespace

Engine::Engine() = default;

Engine::~Engine()
{
    m_thread.reset();
    engineExists = false;
}

Result<std::unique_ptr<Engine>> Engine::start(EngineConfig config, int frameDescriptor)
{
    static_assert(SampleSeconds == TrafficMeter::SampleSeconds);
    auto policy = Policy::compile(config.policy);
    auto zones = ZoneTable::build(config.zones);
    const bool isMtuGood = config.mtu >= EngineConfig::LowestMtu && config.mtu <= EngineConfig::HighestMtu;
    if (!policy || !zones || !isMtuGood) {
        ::close(frameDescriptor);
        if (!isMtuGood)
            return refused("The MTU must be " + std::to_string(EngineConfig::LowestMtu) + " to "
                           + std::to_string(EngineConfig::HighestMtu));
        return refused(policy ? zones.error() : policy.error());
    }
    if (engineExists.exchange(true)) {
        ::close(frameDescriptor);
        return fail(ErrorCode::Conflict, QStringLiteral("A network engine runs in this process already"));
    }
    std::unique_ptr<Engine> engine(new Engine); // from here on its destructor gives the place back
    auto thread = NetThread::start(config, std::move(*policy), std::move(*zones), frameDescriptor);
    BOXGATE_TRY(thread);
    engine->m_thread = std::move(*thread);
    return engine;
}

Result<void> Engine::apply(const PolicyConfig &config, Existing existing)
{
    auto policy = Policy::compile(config);
    if (!policy)
        return refused(policy.error());
    m_thread->call([&] {
        m_thread->enforce(std::move(*policy));
        if (existing == Existing::Close)
            m_thread->cutUnwanted();
    });
    return {};
}

void Engine::setLimits(const RateLimits &limits)
{
    m_thread->call([&] { m_thread->setLimits(limits); });
}

Result<PortMap> Engine::addPort(const PortMap &map)
{
    Result<PortMap> opened;
    m_thread->call([&] { opened = m_thread->ports().add(map); });
    return opened;
}

Result<void> Engine::removePort(const PortMap &map)
{
    Result<void> removed;
    m_thread->call([&] { removed = m_thread->ports().remove(map); });
    return removed;
}

std::vector<PortReport> Engine::ports() const
{
    std::vector<PortReport> reports;
    m_thread->call([&] { reports = m_thread->ports().reports(); });
    return reports;
}

Result<void> Engine::startCapture(int descriptor, uint64_t maxBytes)
{
    stopCapture();
    auto capture = FrameCapture::start(descriptor, maxBytes);
    BOXGATE_TRY(capture);
    m_capture = std::move(*capture);
    m_thread->call([&] { m_thread->setCapture(m_capture.get()); });
    return {};
}

CaptureReport Engine::stopCapture()
{
    if (m_capture) {
        m_thread->call([&] { m_thread->setCapture(nullptr); });
        m_lastCapture = m_capture->stop();
        m_capture.reset();
    }
    return m_lastCapture;
}

CaptureReport Engine::capture() const { return m_capture ? m_capture->report() : m_lastCapture; }

std::vector<FlowReport> Engine::flows() const
{
    std::vector<FlowReport> reports;
    m_thread->call([&] {
        const auto report = [&](const Flow &flow) {
            if (flow.destination && !flow.isFinished)
                reports.push_back(m_thread->ledger().report(flow));
        };
        m_thread->tcp().flows().forEach(report);
        m_thread->udp().flows().forEach(report);
    });
    std::ranges::sort(reports, std::greater(), &FlowReport::id);
    return reports;
}

Result<void> Engine::closeFlow(uint64_t id)
{
    bool isFound = false;
    m_thread->call([&] { isFound = m_thread->tcp().cut(id) || m_thread->udp().cut(id); });
    if (!isFound)
        return fail(ErrorCode::NotFound, QStringLiteral("There is no flow %1: it may have ended").arg(id));
    return {};
}

std::vector<DestinationReport> Engine::destinations() const
{
    std::vector<DestinationReport> reports;
    m_thread->call([&] {
        m_thread->settle();
        reports = m_thread->ledger().destinations();
    });
    return reports;
}

std::vector<DestinationTotal> Engine::takeTotals()
{
    std::vector<DestinationTotal> totals;
    m_thread->call([&] {
        m_thread->settle();
        totals = m_thread->ledger().takeTotals();
    });
    return totals;
}

std::vector<BlockedReport> Engine::blocked() const
{
    std::vector<BlockedReport> reports;
    m_thread->call([&] { reports = m_thread->ledger().blockedAttempts(); });
    return reports;
}

std::vector<DnsReport> Engine::dnsLog() const
{
    std::vector<DnsReport> reports;
    m_thread->call([&] { reports = m_thread->ledger().questions(); });
    return reports;
}

std::vector<RuleReport> Engine::rules() const
{
    std::vector<RuleReport> reports;
    m_thread->call([&] { reports = m_thread->ledger().rules(); });
    return reports;
}

EventBatch Engine::events(uint64_t after) const
{
    EventBatch batch;
    m_thread->call([&] { batch = m_thread->ledger().events(after); });
    return batch;
}

Result<TestReport> Engine::test(const std::string &text) const
{
    const auto destination = WrittenDestination::parse(text);
    if (!destination)
        return refused(destination.error());
    TestReport report;
    m_thread->call([&] {
        Gate &gate = m_thread->gate();
        report = testDestination(gate.policy(), gate.pins(), *destination, m_thread->zoned(destination->name),
                                 Gate::Clock::now());
    });
    return report;
}

Counters Engine::counters() const { return m_thread->meter().counters(); }

std::vector<Sample> Engine::samples(int64_t sinceSecond) const
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return m_thread->meter().samples(sinceSecond,
                                     std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

bool Engine::isAttached() const { return m_thread->isAttached(); }

Result<void> checkRule(const std::string &text)
{
    const auto rule = AllowRule::parse(text);
    if (!rule)
        return refused(rule.error());
    return {};
}

} // namespace boxgate::net
