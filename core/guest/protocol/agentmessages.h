/// What the agent sends, and what both send. To the host every one of these is hostile input.
#pragma once

#include "core/guest/protocol/hostmessages.h"

namespace boxgate::guest {

struct Hello
{
    static constexpr FrameType Type = FrameType::Hello;

    std::uint32_t protocolVersion = ProtocolVersion;
    std::string agentVersion;
    std::string kernelRelease;
    /// From the kernel's start to this message.
    std::chrono::nanoseconds sinceBoot{0};

    Bytes encode() const;
    static std::optional<Hello> decode(BytesView payload);
    friend bool operator==(const Hello &, const Hello &) = default;
};

/// How long one step of the guest's start took.
struct StageTime
{
    std::string stage;
    std::chrono::nanoseconds took{0};

    friend bool operator==(const StageTime &, const StageTime &) = default;
};

struct Ready
{
    static constexpr FrameType Type = FrameType::Ready;

    std::vector<StageTime> stages;

    Bytes encode() const;
    static std::optional<Ready> decode(BytesView payload);
    friend bool operator==(const Ready &, const Ready &) = default;
};

/// The guest cannot go on and powers off.
struct Failed
{
    static constexpr FrameType Type = FrameType::Failed;

    /// "root", "volumes", "network", "protocol"
    std::string stage;
    std::string message;

    Bytes encode() const;
    static std::optional<Failed> decode(BytesView payload);
    friend bool operator==(const Failed &, const Failed &) = default;
};

/// The command's program is running.
struct Started
{
    static constexpr FrameType Type = FrameType::Started;

    std::uint32_t pid = 0;

    Bytes encode() const;
    static std::optional<Started> decode(BytesView payload);
    friend bool operator==(const Started &, const Started &) = default;
};

struct ExecFailed
{
    static constexpr FrameType Type = FrameType::ExecFailed;

    enum class Reason : std::uint8_t
    {
        NotFound,
        NotExecutable,
        NoSuchUser,
        NoSuchDirectory,
        TooMany,
        Internal
    };

    Reason reason = Reason::Internal;
    /// A clause without subject, such as "no user 'bob' in /etc/passwd".
    std::string message;

    Bytes encode() const;
    static std::optional<ExecFailed> decode(BytesView payload);
    friend bool operator==(const ExecFailed &, const ExecFailed &) = default;
};

struct Exited
{
    static constexpr FrameType Type = FrameType::Exited;

    /// 0..255; 0 when a signal ended the command.
    std::uint8_t exitCode = 0;
    /// The signal that ended it, 1..64, or 0.
    std::uint8_t signal = 0;
    /// The time limit of Exec has killed it.
    bool timedOut = false;

    Bytes encode() const;
    static std::optional<Exited> decode(BytesView payload);
    friend bool operator==(const Exited &, const Exited &) = default;
};

struct Usage
{
    static constexpr FrameType Type = FrameType::Usage;

    /// Since the guest's start, summed over its processors.
    std::chrono::nanoseconds cpuUser{0};
    std::chrono::nanoseconds cpuSystem{0};
    std::chrono::nanoseconds cpuIdle{0};
    /// Bytes. Used is total less available.
    std::uint64_t memoryTotal = 0;
    std::uint64_t memoryAvailable = 0;
    std::uint64_t memoryUsed = 0;
    /// Bytes of the root file system; free as a user without privileges sees it.
    std::uint64_t diskTotal = 0;
    std::uint64_t diskFree = 0;
    /// Without the kernel's threads.
    std::uint32_t processes = 0;
    std::chrono::nanoseconds uptime{0};

    Bytes encode() const;
    static std::optional<Usage> decode(BytesView payload);
    friend bool operator==(const Usage &, const Usage &) = default;
};

/// A line for the box's log that ends nothing.
struct Log
{
    static constexpr FrameType Type = FrameType::Log;

    std::string text;

    Bytes encode() const;
    static std::optional<Log> decode(BytesView payload);
    friend bool operator==(const Log &, const Log &) = default;
};

struct ShuttingDown
{
    static constexpr FrameType Type = FrameType::ShuttingDown;

    Bytes encode() const { return {}; }
    static std::optional<ShuttingDown> decode(BytesView payload);
    friend bool operator==(const ShuttingDown &, const ShuttingDown &) = default;
};

/// Content of one channel. Its encoder is encodeData().
struct Data
{
    static constexpr FrameType Type = FrameType::Data;

    Channel channel = Channel::Stdin;
    /// Points into the payload; at most MaxDataBytes.
    BytesView content;

    static std::optional<Data> decode(BytesView payload);
};

struct Eof
{
    static constexpr FrameType Type = FrameType::Eof;

    Channel channel = Channel::Stdin;

    Bytes encode() const;
    static std::optional<Eof> decode(BytesView payload);
    friend bool operator==(const Eof &, const Eof &) = default;
};

/// The receiver of `channel` has passed on this many bytes.
struct Credit
{
    static constexpr FrameType Type = FrameType::Credit;

    Channel channel = Channel::Stdin;
    /// 1..InitialCredit
    std::uint32_t bytes = 0;

    Bytes encode() const;
    static std::optional<Credit> decode(BytesView payload);
    friend bool operator==(const Credit &, const Credit &) = default;
};

} // namespace boxgate::guest
