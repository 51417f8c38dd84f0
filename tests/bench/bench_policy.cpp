#include "net/policy/policy.h"

#include <benchmark/benchmark.h>

#include <random>

using namespace boxgate::net;

namespace {

using Clock = PinTable::Clock;

constexpr size_t Destinations = 1024; ///< asked about in turn, so that no cache line serves them all

constexpr size_t PinnedAddresses = 160; ///< a name keeps 64 at most, and the shortest list has 5 names

/// Address rules of three prefix lengths, and as many rules for names.
std::vector<std::string> rules(size_t count)
{
    std::vector<std::string> texts;
    static constexpr const char *suffixes[] = {".0/24", ".7", ".64/27"};
    for (uint32_t i = 0; texts.size() < count; ++i) {
        texts.push_back(std::to_string(100 + (i >> 16)) + "." + std::to_string(i >> 8 & 255) + "."
                        + std::to_string(i & 255) + suffixes[i % 3] + ":443");
        if (texts.size() < count)
            texts.push_back("host-" + std::to_string(i) + ".example.test:443");
    }
    return texts;
}

/// Destinations that the rules for addresses cover.
std::vector<Endpoint> covered(size_t ruleCount, uint16_t port)
{
    std::mt19937 random(1);
    std::vector<Endpoint> destinations;
    while (destinations.size() < Destinations) {
        const uint32_t i = uint32_t(random() % (ruleCount / 2));
        static constexpr uint8_t last[] = {1, 7, 65};
        const Ipv4 address = Ipv4::of(uint8_t(100 + (i >> 16)), uint8_t(i >> 8), uint8_t(i), last[i % 3]);
        destinations.push_back({Transport::Tcp, address, port});
    }
    return destinations;
}

Policy compile(size_t ruleCount)
{
    PolicyConfig config;
    config.mode = Mode::Allowlist;
    config.rules = rules(ruleCount);
    return *Policy::compile(config);
}

void judge(benchmark::State &state, const std::vector<Endpoint> &destinations, PinTable &pins,
           Reason expected)
{
    const Policy policy = compile(size_t(state.range(0)));
    const Clock::time_point now = Clock::now();
    size_t next = 0;
    for (auto step : state) {
        const Verdict verdict = policy.judge(destinations[next++ % destinations.size()], pins, now);
        if (verdict.reason != expected)
            state.SkipWithError("another verdict than expected");
    }
    state.SetItemsProcessed(state.iterations());
}

void addressRule(benchmark::State &state)
{
    PinTable pins;
    judge(state, covered(size_t(state.range(0)), 443), pins, Reason::AddressRule);
}

void noRule(benchmark::State &state)
{
    PinTable pins;
    judge(state, covered(size_t(state.range(0)), 80), pins, Reason::NoRule);
}

void pinnedName(benchmark::State &state)
{
    std::mt19937 random(1);
    PinTable pins;
    std::vector<Endpoint> destinations;
    const size_t names = size_t(state.range(0) / 2);
    for (uint32_t i = 0; i < PinnedAddresses; ++i) {
        const Ipv4 address{Ipv4::of(203, 0, 0, 0).value + i};
        const std::string name =
            "host-" + std::to_string(names > PinnedAddresses ? random() % names : i % names);
        pins.pin(address, name + ".example.test", std::chrono::hours(1), Clock::now());
        destinations.push_back({Transport::Tcp, address, 443});
    }
    judge(state, destinations, pins, Reason::NameRule);
}

BENCHMARK(addressRule)->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK(noRule)->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK(pinnedName)->Arg(10)->Arg(1000)->Arg(100'000);

} // namespace

BENCHMARK_MAIN();
