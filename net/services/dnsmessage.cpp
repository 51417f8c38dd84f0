#include "net/services/dnsmessage.h"

#include "net/wire/byteorder.h"

#include <algorithm>
#include <optional>

namespace boxgate::net::dns {

namespace {

constexpr uint16_t FlagResponse = 0x8000;
constexpr uint16_t OpcodeMask = 0x7800;
constexpr uint16_t FlagAuthoritative = 0x0400;
constexpr uint16_t FlagTruncated = 0x0200;
constexpr uint16_t FlagRecursionDesired = 0x0100;
constexpr uint16_t FlagRecursionAvailable = 0x0080;
constexpr size_t LongestName = 253;
constexpr size_t LongestLabel = 63;
constexpr int MaxPointers = 32;
constexpr size_t MaxAliases = 16;
constexpr uint16_t PointerToQuestion = 0xc000 | HeaderSize;

char lowered(uint8_t c) { return (c >= 'A' && c <= 'Z') ? char(c - 'A' + 'a') : char(c); }

/// Walks over a message. Every read is bounds-checked; after a failure all reads fail.
class Reader
{
public:
    explicit Reader(std::span<const uint8_t> message)
        : m_message(message)
    { }

    bool isGood() const { return m_good; }
    size_t offset() const { return m_offset; }

    uint16_t u16() { return need(2) ? loadBe16(m_message.data() + take(2)) : uint16_t(0); }
    uint32_t u32() { return need(4) ? loadBe32(m_message.data() + take(4)) : 0; }
    void skip(size_t count)
    {
        if (need(count))
            take(count);
    }

    /// A name at the current position, following compression pointers, which only ever lead backwards.
    std::string name()
    {
        std::string result;
        size_t at = m_offset;
        std::optional<size_t> after;
        for (int pointers = 0; m_good;) {
            if (at >= m_message.size())
                return failed();
            const uint8_t length = m_message[at];
            if (length == 0) {
                m_offset = after.value_or(at + 1);
                return result;
            }
            if ((length & 0xc0) == 0xc0) {
                if (at + 1 >= m_message.size() || ++pointers > MaxPointers)
                    return failed();
                const size_t target = loadBe16(m_message.data() + at) & 0x3fff;
                if (!after)
                    after = at + 2;
                if (target >= at)
                    return failed();
                at = target;
                continue;
            }
            if (length > LongestLabel || at + 1 + length > m_message.size()
                || !append(result, m_message.subspan(at + 1, length)))
                return failed();
            at += 1 + size_t(length);
        }
        return failed();
    }

private:
    bool need(size_t count)
    {
        m_good = m_good && m_message.size() - m_offset >= count;
        return m_good;
    }
    size_t take(size_t count)
    {
        const size_t at = m_offset;
        m_offset += count;
        return at;
    }
    std::string failed()
    {
        m_good = false;
        return {};
    }
    static bool append(std::string &name, std::span<const uint8_t> label)
    {
        if (!name.empty())
            name += '.';
        for (const uint8_t c : label) {
            if (c <= ' ' || c > '~' || c == '.' || c == '\\')
                return false;
            name += lowered(c);
        }
        return name.size() <= LongestName;
    }

    std::span<const uint8_t> m_message;
    size_t m_offset = 0;
    bool m_good = true;
};

class Writer
{
public:
    void u16(uint16_t value)
    {
        m_bytes.push_back(uint8_t(value >> 8));
        m_bytes.push_back(uint8_t(value));
    }
    void u32(uint32_t value)
    {
        u16(uint16_t(value >> 16));
        u16(uint16_t(value));
    }
    void bytes(std::span<const uint8_t> data) { m_bytes.insert(m_bytes.end(), data.begin(), data.end()); }
    void name(std::string_view text)
    {
        while (!text.empty()) {
            const size_t size = std::min(text.find('.'), text.size());
            m_bytes.push_back(uint8_t(size));
            m_bytes.insert(m_bytes.end(), text.begin(), text.begin() + ptrdiff_t(size));
            text.remove_prefix(std::min(size + 1, text.size()));
        }
        m_bytes.push_back(0);
    }
    /// The owner of a record: a pointer to the question where it is the same name.
    void owner(const std::string &text, const Query &query)
    {
        if (text == query.name)
            u16(PointerToQuestion);
        else
            name(text);
    }
    void putU16(size_t at, uint16_t value) { storeBe16(m_bytes.data() + at, value); }
    size_t size() const { return m_bytes.size(); }
    std::vector<uint8_t> take() { return std::move(m_bytes); }

private:
    std::vector<uint8_t> m_bytes;
};

uint16_t answerFlags(const Query &query, Rcode code)
{
    return uint16_t(FlagResponse | FlagRecursionAvailable
                    | (query.recursionDesired ? FlagRecursionDesired : 0) | uint16_t(code));
}

void writeHeader(Writer &writer, uint16_t id, uint16_t flags, size_t answers, size_t additional)
{
    writer.u16(id);
    writer.u16(flags);
    writer.u16(1);
    writer.u16(uint16_t(answers));
    writer.u16(0);
    writer.u16(uint16_t(additional));
}

/// Our own EDNS record, in answers to queries that had one.
void writeEdns(Writer &writer)
{
    writer.name({});
    writer.u16(Opt);
    writer.u16(uint16_t(HighestUdpSize));
    writer.u32(0);
    writer.u16(0);
}

std::vector<uint8_t> finish(const Query &query, Rcode code, Writer records, size_t count,
                            uint16_t moreFlags = 0)
{
    Writer writer;
    writeHeader(writer, query.id, uint16_t(answerFlags(query, code) | moreFlags), count,
                query.hasEdns ? 1 : 0);
    writer.bytes(query.question);
    writer.bytes(records.take());
    if (query.hasEdns)
        writeEdns(writer);
    return writer.take();
}

/// Notes the asker's EDNS size, if it has one.
void readAdditional(Reader &reader, size_t records, Query &query)
{
    for (size_t i = 0; i < records && reader.isGood(); ++i) {
        reader.name();
        const uint16_t type = reader.u16();
        const uint16_t size = reader.u16();
        reader.u32();
        reader.skip(reader.u16());
        if (reader.isGood() && type == Opt) {
            query.hasEdns = true;
            query.udpSize = std::clamp<size_t>(size, LowestUdpSize, HighestUdpSize);
        }
    }
}

} // namespace

tl::expected<Query, QueryError> parseQuery(std::span<const uint8_t> message)
{
    if (message.size() < HeaderSize)
        return tl::make_unexpected(QueryError());
    Reader reader(message);
    Query query;
    query.id = reader.u16();
    const uint16_t flags = reader.u16();
    if (flags & FlagResponse)
        return tl::make_unexpected(
            QueryError()); // never answered, or two servers could talk to each other for ever
    const auto refused = [&](Rcode code) { return tl::make_unexpected(QueryError{true, code, query.id}); };
    if (flags & OpcodeMask)
        return refused(Rcode::NotImplemented);
    query.recursionDesired = flags & FlagRecursionDesired;
    const uint16_t questions = reader.u16();
    const uint16_t answers = reader.u16();
    const uint16_t authorities = reader.u16();
    const uint16_t additional = reader.u16();
    if (questions != 1 || answers != 0 || authorities != 0 || additional > 4)
        return refused(Rcode::FormatError);
    query.name = reader.name();
    query.type = reader.u16();
    query.qclass = reader.u16();
    if (!reader.isGood())
        return refused(Rcode::FormatError);
    const auto question = message.subspan(HeaderSize, reader.offset() - HeaderSize);
    query.question.assign(question.begin(), question.end());
    const bool isCompressed = query.question.size() != query.name.size() + (query.name.empty() ? 1 : 2) + 4;
    readAdditional(reader, additional, query);
    if (!reader.isGood() || isCompressed)
        return refused(Rcode::FormatError);
    return query;
}

tl::expected<Reply, Rcode> parseReply(std::span<const uint8_t> message)
{
    Reader reader(message);
    reader.u16();
    const uint16_t flags = reader.u16();
    const uint16_t questions = reader.u16();
    const uint16_t answers = reader.u16();
    reader.u32();
    Reply reply;
    reply.code = Rcode(flags & 15);
    reply.isTruncated = flags & FlagTruncated;
    if (!reader.isGood() || !(flags & FlagResponse) || questions != 1)
        return tl::make_unexpected(Rcode::FormatError);
    reader.name();
    reader.u32();
    for (size_t i = 0; i < std::min<size_t>(answers, MaxRecords); ++i) {
        Record record;
        record.owner = reader.name();
        record.type = reader.u16();
        const uint16_t recordClass = reader.u16();
        record.ttl = reader.u32();
        const uint16_t size = reader.u16();
        const size_t begin = reader.offset();
        if (record.type == A && size == 4)
            record.address.value = reader.u32();
        else if (record.type == Cname)
            record.target = reader.name();
        else
            reader.skip(size);
        if (!reader.isGood() || reader.offset() != begin + size)
            return tl::make_unexpected(Rcode::FormatError);
        const bool isWanted = (record.type == A && size == 4) || record.type == Cname;
        if (recordClass == ClassInternet && isWanted)
            reply.records.push_back(std::move(record));
    }
    return reply;
}

std::vector<Record> reachableFrom(const std::string &name, const std::vector<Record> &records)
{
    std::vector<Record> result;
    std::string current = name;
    for (size_t aliases = 0; aliases < MaxAliases; ++aliases) {
        const auto alias = std::ranges::find_if(
            records, [&](const Record &record) { return record.type == Cname && record.owner == current; });
        if (alias == records.end())
            break;
        result.push_back(*alias);
        current = alias->target;
    }
    for (const Record &record : records) {
        if (record.type == A && record.owner == current)
            result.push_back(record);
    }
    return result;
}

std::vector<uint8_t> buildQuery(const Query &query, uint16_t id)
{
    Writer writer;
    writeHeader(writer, id, FlagRecursionDesired, 0, 0);
    writer.bytes(query.question);
    return writer.take();
}

std::vector<uint8_t> buildAnswer(const Query &query, Rcode code, const std::vector<Record> &records,
                                 size_t limit)
{
    Writer writer;
    for (const Record &record : records) {
        writer.owner(record.owner, query);
        writer.u16(record.type);
        writer.u16(ClassInternet);
        writer.u32(record.ttl);
        const size_t sizeAt = writer.size();
        writer.u16(0);
        if (record.type == A)
            writer.u32(record.address.value);
        else
            writer.name(record.target);
        writer.putU16(sizeAt, uint16_t(writer.size() - sizeAt - 2));
    }
    std::vector<uint8_t> answer = finish(query, code, std::move(writer), records.size());
    if (answer.size() <= limit)
        return answer;
    return finish(query, code, {}, 0, FlagTruncated);
}

std::vector<uint8_t> buildPointerAnswer(const Query &query, const std::string &target, uint32_t ttl)
{
    Writer writer;
    writer.u16(PointerToQuestion);
    writer.u16(Ptr);
    writer.u16(ClassInternet);
    writer.u32(ttl);
    writer.u16(uint16_t(target.size() + 2));
    writer.name(target);
    return finish(query, Rcode::NoError, std::move(writer), 1);
}

std::vector<uint8_t> relayReply(const Query &query, std::span<const uint8_t> reply, size_t limit)
{
    const size_t end = HeaderSize + query.question.size();
    if (reply.size() < end || loadBe16(reply.data() + 4) != 1)
        return {};
    const auto question = reply.subspan(HeaderSize, query.question.size());
    const bool isSame = std::ranges::equal(
        question, query.question, {}, [](uint8_t c) { return lowered(c); },
        [](uint8_t c) { return lowered(c); });
    if (!isSame)
        return {};
    const uint16_t flags = loadBe16(reply.data() + 2);
    if (reply.size() > limit || (flags & FlagTruncated))
        return finish(query, Rcode(flags & 15), {}, 0, FlagTruncated);
    std::vector<uint8_t> answer(reply.begin(), reply.end());
    storeBe16(answer.data(), query.id);
    storeBe16(answer.data() + 2, uint16_t((flags & ~FlagAuthoritative) | answerFlags(query, Rcode::NoError)));
    std::ranges::copy(query.question, answer.begin() + HeaderSize);
    return answer;
}

std::vector<uint8_t> buildError(const QueryError &error)
{
    std::vector<uint8_t> header(HeaderSize, 0);
    storeBe16(header.data(), error.id);
    storeBe16(header.data() + 2, uint16_t(FlagResponse | FlagRecursionAvailable | uint16_t(error.code)));
    return header;
}

std::optional<Ipv4> addressOfPointer(std::string_view name)
{
    constexpr std::string_view suffix = ".in-addr.arpa";
    if (!name.ends_with(suffix))
        return std::nullopt;
    const auto reversed = parseIpv4(name.substr(0, name.size() - suffix.size()));
    if (!reversed)
        return std::nullopt;
    const uint32_t v = reversed->value;
    return Ipv4{v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24};
}

} // namespace boxgate::net::dns
