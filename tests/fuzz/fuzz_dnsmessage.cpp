#include "net/services/dnsmessage.h"

#include <cstdlib>

using namespace boxgate::net::dns;

/// Reads the input as a query and as a reply, and builds answers from what it found.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const std::span<const uint8_t> message(data, size);
    const auto query = parseQuery(message);
    const auto reply = parseReply(message);
    if (!query) {
        buildError(query.error());
        return 0;
    }
    const auto again = parseQuery(buildQuery(*query, 7));
    if (!again || again->name != query->name || again->type != query->type)
        std::abort(); // what is asked outside must be what was judged
    relayReply(*query, message, query->udpSize);
    addressOfPointer(query->name);
    if (reply) {
        const auto records = reachableFrom(query->name, reply->records);
        const auto answer = buildAnswer(*query, reply->code, records, query->udpSize);
        if (answer.size() > LowestUdpSize + HighestUdpSize || !parseReply(answer))
            std::abort();
    }
    return 0;
}
