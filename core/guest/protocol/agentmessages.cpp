#include "core/guest/protocol/agentmessages.h"

namespace boxgate::guest {

namespace {

constexpr std::size_t StageMinimum = 4 + 8; // an empty name and its time

std::chrono::nanoseconds readTime(ByteReader &in) { return std::chrono::nanoseconds(in.i64()); }

Channel readChannel(ByteReader &in)
{
    const std::uint8_t value = in.u8();
    if (value > static_cast<std::uint8_t>(Channel::Stderr))
        in.fail();
    return static_cast<Channel>(value);
}

template <typename Message> std::optional<Message> whenComplete(const ByteReader &in, Message &&message)
{
    if (!in.complete())
        return std::nullopt;
    return std::move(message);
}

} // namespace

Bytes Hello::encode() const
{
    ByteWriter out;
    out.u32(protocolVersion);
    out.string(agentVersion);
    out.string(kernelRelease);
    out.i64(sinceBoot.count());
    return out.take();
}

std::optional<Hello> Hello::decode(BytesView payload)
{
    ByteReader in(payload);
    Hello hello;
    hello.protocolVersion = in.u32();
    hello.agentVersion = in.string();
    hello.kernelRelease = in.string();
    hello.sinceBoot = readTime(in);
    return whenComplete(in, std::move(hello));
}

Bytes Ready::encode() const
{
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(stages.size()));
    for (const StageTime &stage : stages) {
        out.string(stage.stage);
        out.i64(stage.took.count());
    }
    return out.take();
}

std::optional<Ready> Ready::decode(BytesView payload)
{
    ByteReader in(payload);
    Ready ready;
    for (std::size_t left = in.count(StageMinimum); left > 0 && in.ok(); --left) {
        StageTime stage;
        stage.stage = in.string();
        stage.took = readTime(in);
        ready.stages.push_back(std::move(stage));
    }
    return whenComplete(in, std::move(ready));
}

Bytes Failed::encode() const
{
    ByteWriter out;
    out.string(stage);
    out.string(message);
    return out.take();
}

std::optional<Failed> Failed::decode(BytesView payload)
{
    ByteReader in(payload);
    Failed failed;
    failed.stage = in.string();
    failed.message = in.string();
    return whenComplete(in, std::move(failed));
}

Bytes Started::encode() const
{
    ByteWriter out;
    out.u32(pid);
    return out.take();
}

std::optional<Started> Started::decode(BytesView payload)
{
    ByteReader in(payload);
    Started started;
    started.pid = in.u32();
    return whenComplete(in, std::move(started));
}

Bytes ExecFailed::encode() const
{
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(reason));
    out.string(message);
    return out.take();
}

std::optional<ExecFailed> ExecFailed::decode(BytesView payload)
{
    ByteReader in(payload);
    ExecFailed failed;
    const std::uint8_t reason = in.u8();
    if (reason > static_cast<std::uint8_t>(Reason::Internal))
        in.fail();
    failed.reason = static_cast<Reason>(reason);
    failed.message = in.string();
    return whenComplete(in, std::move(failed));
}

Bytes Exited::encode() const
{
    ByteWriter out;
    out.u8(exitCode);
    out.u8(signal);
    out.flag(timedOut);
    return out.take();
}

std::optional<Exited> Exited::decode(BytesView payload)
{
    ByteReader in(payload);
    Exited exited;
    exited.exitCode = in.u8();
    exited.signal = in.u8();
    if (exited.signal > 64 || (exited.signal != 0 && exited.exitCode != 0))
        in.fail();
    exited.timedOut = in.flag();
    return whenComplete(in, std::move(exited));
}

Bytes Usage::encode() const
{
    ByteWriter out;
    out.i64(cpuUser.count());
    out.i64(cpuSystem.count());
    out.i64(cpuIdle.count());
    out.u64(memoryTotal);
    out.u64(memoryAvailable);
    out.u64(memoryUsed);
    out.u64(diskTotal);
    out.u64(diskFree);
    out.u32(processes);
    out.i64(uptime.count());
    return out.take();
}

std::optional<Usage> Usage::decode(BytesView payload)
{
    ByteReader in(payload);
    Usage usage;
    usage.cpuUser = readTime(in);
    usage.cpuSystem = readTime(in);
    usage.cpuIdle = readTime(in);
    usage.memoryTotal = in.u64();
    usage.memoryAvailable = in.u64();
    usage.memoryUsed = in.u64();
    usage.diskTotal = in.u64();
    usage.diskFree = in.u64();
    usage.processes = in.u32();
    usage.uptime = readTime(in);
    return whenComplete(in, std::move(usage));
}

Bytes Log::encode() const
{
    ByteWriter out;
    out.string(text);
    return out.take();
}

std::optional<Log> Log::decode(BytesView payload)
{
    ByteReader in(payload);
    Log log;
    log.text = in.string();
    return whenComplete(in, std::move(log));
}

std::optional<ShuttingDown> ShuttingDown::decode(BytesView payload)
{
    return payload.empty() ? std::optional<ShuttingDown>(ShuttingDown{}) : std::nullopt;
}

std::optional<Data> Data::decode(BytesView payload)
{
    ByteReader in(payload);
    Data data;
    data.channel = readChannel(in);
    data.content = in.rest();
    if (data.content.size() > MaxDataBytes)
        in.fail();
    return whenComplete(in, std::move(data));
}

Bytes Eof::encode() const { return {static_cast<std::uint8_t>(channel)}; }

std::optional<Eof> Eof::decode(BytesView payload)
{
    ByteReader in(payload);
    Eof eof;
    eof.channel = readChannel(in);
    return whenComplete(in, std::move(eof));
}

Bytes Credit::encode() const
{
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(channel));
    out.u32(bytes);
    return out.take();
}

std::optional<Credit> Credit::decode(BytesView payload)
{
    ByteReader in(payload);
    Credit credit;
    credit.channel = readChannel(in);
    credit.bytes = in.u32();
    if (credit.bytes == 0 || credit.bytes > InitialCredit)
        in.fail();
    return whenComplete(in, std::move(credit));
}

} // namespace boxgate::guest
