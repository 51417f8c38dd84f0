#pragma once

#include "net/wire/address.h"

#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

/// DNS messages: reading what a guest asks and what a resolver answers, and building answers. Pure;
/// everything read is hostile. Source   RFC 1035, RFC 6891 (EDNS)
namespace boxgate::net::dns {

enum class Rcode : uint8_t
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5
};

enum Type : uint16_t
{
    A = 1,
    Cname = 5,
    Ptr = 12,
    Aaaa = 28,
    Opt = 41,
    Svcb = 64,
    Https = 65,
    Ixfr = 251,
    Axfr = 252,
    Any = 255
};
inline constexpr uint16_t ClassInternet = 1;

inline constexpr size_t HeaderSize = 12;
inline constexpr size_t LowestUdpSize = 512;
inline constexpr size_t HighestUdpSize = 4096;
inline constexpr size_t HighestTcpSize = 65535;
inline constexpr size_t MaxRecords = 512; ///< of one message; the rest is ignored

/// A question with what is needed to answer it.
struct Query
{
    uint16_t id = 0;
    bool recursionDesired = false;
    bool hasEdns = false;
    size_t udpSize = LowestUdpSize; ///< what the asker takes over UDP, LowestUdpSize..HighestUdpSize
    uint16_t type = 0;
    uint16_t qclass = ClassInternet;
    std::string name; ///< lower case, dotted, no trailing dot; empty for the root
    std::vector<uint8_t> question; ///< as it was asked, with its case: name, type, class
};

/// A query that cannot be used.
struct QueryError
{
    bool isAnswerable = false; ///< it has a header, so the code can be sent back
    Rcode code = Rcode::FormatError;
    uint16_t id = 0;
};

/// Reads a query. Names must be made of printable ASCII without dots or backslashes inside labels, which
/// keeps every name's text the same for the rules and for the wire. Errors   FormatError: not exactly one
/// question, or malformed; NotImplemented: not a standard query
tl::expected<Query, QueryError> parseQuery(std::span<const uint8_t> message);

/// One address or alias of an answer.
struct Record
{
    std::string owner; ///< normalized
    uint16_t type = A; ///< A or Cname
    uint32_t ttl = 0; ///< s
    Ipv4 address; ///< A
    std::string target; ///< Cname, normalized
};

struct Reply
{
    Rcode code = Rcode::ServerFailure;
    bool isTruncated = false;
    std::vector<Record> records; ///< A and CNAME of the answer section, in order
};

/// Reads a resolver's reply. False when it is malformed.
tl::expected<Reply, Rcode> parseReply(std::span<const uint8_t> message);

/// The A records that the name leads to through CNAMEs, with the CNAMEs on the way; others are left out.
/// Never loops, at most 16 CNAMEs.
std::vector<Record> reachableFrom(const std::string &name, const std::vector<Record> &records);

/// Builds the query that goes to a resolver: the same question, recursion desired, no EDNS.
std::vector<uint8_t> buildQuery(const Query &query, uint16_t id);

/// Builds an answer of A and CNAME records, truncated (TC, no records) when it is larger than limit.
std::vector<uint8_t> buildAnswer(const Query &query, Rcode code, const std::vector<Record> &records,
                                 size_t limit);

/// Builds an answer of one PTR record.
std::vector<uint8_t> buildPointerAnswer(const Query &query, const std::string &target, uint32_t ttl);

/// A resolver's reply made into the answer to query: its id and its question's case; truncated when above
/// limit. Returns  empty when the reply does not answer this question
std::vector<uint8_t> relayReply(const Query &query, std::span<const uint8_t> reply, size_t limit);

/// The bare header that refuses a query that could not be read.
std::vector<uint8_t> buildError(const QueryError &error);

/// The address that an in-addr.arpa name stands for.
std::optional<Ipv4> addressOfPointer(std::string_view name);

} // namespace boxgate::net::dns
