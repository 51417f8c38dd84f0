#include "net/engine.h"

#include "net/netthread.h"

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

Result<void> Engine::apply(const PolicyConfig &config)
{
    auto policy = Policy::compile(config);
    if (!policy)
        return refused(policy.error());
    m_thread->apply(std::move(*policy));
    return {};
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
