/// What the host sends. Each message is a plain value with encode() for its payload and decode(), which
/// answers nullopt for a payload that is not exactly one such message.
#pragma once

#include "core/guest/protocol/frame.h"

#include <optional>

namespace boxgate::guest {

using Ipv4Octets = std::array<std::uint8_t, 4>;

struct GuestNetwork
{
    /// False: eth0 is left alone if there is one. The loopback interface is up always.
    bool enabled = false;
    Ipv4Octets address{};
    std::uint8_t prefixLength = 24;
    Ipv4Octets gateway{};
    Ipv4Octets nameServer{};
    std::vector<std::string> searchDomains;
    std::uint16_t mtu = 1500;

    friend bool operator==(const GuestNetwork &, const GuestNetwork &) = default;
};

/// A line of /etc/hosts.
struct HostsEntry
{
    std::string address;
    std::vector<std::string> names;

    friend bool operator==(const HostsEntry &, const HostsEntry &) = default;
};

/// A volume: the 9p export with this tag, at this absolute path of the box.
struct GuestMount
{
    std::string tag;
    std::string path;
    /// For the guest's own view; the host's side of the device is what enforces it.
    bool readOnly = false;

    friend bool operator==(const GuestMount &, const GuestMount &) = default;
};

struct Configure
{
    static constexpr FrameType Type = FrameType::Configure;

    std::string hostname;
    GuestNetwork network;
    std::vector<HostsEntry> hosts;
    /// "/dev/vda"; ext4, mounted read-write.
    std::string rootDevice;
    /// Grow the root's file system to the size of its device.
    bool growRoot = false;
    /// Since 1970, UTC. 0 leaves the guest's clock alone.
    std::chrono::nanoseconds unixTime{0};
    std::vector<GuestMount> mounts;
    /// Credited to the kernel's entropy pool; at most MaxSeedBytes are used.
    Bytes seed;

    static constexpr std::size_t MaxSeedBytes = 512;

    Bytes encode() const;
    static std::optional<Configure> decode(BytesView payload);
    friend bool operator==(const Configure &, const Configure &) = default;
};

/// Starts a command on a new stream.
struct Exec
{
    static constexpr FrameType Type = FrameType::Exec;

    /// The program first; a name without a slash is looked for in the PATH of `env`, as the user.
    std::vector<std::string> argv;
    /// KEY=VALUE. HOME, USER, PATH and, on a terminal, TERM are added where they are missing.
    std::vector<std::string> env;
    /// Absolute. Empty is "/". It is not created.
    std::string workingDirectory;
    /// "name or number" or "name or number:group or number"; empty is root.
    std::string user;
    bool tty = false;
    /// False: standard input is empty.
    bool wantsStdin = false;
    std::uint16_t rows = 0;
    std::uint16_t columns = 0;
    /// The whole process group is killed then; 0 is no limit.
    std::chrono::milliseconds timeout{0};
    /// The box's own command: at shutdown it is asked to end before everything else is.
    bool isMain = false;
    /// What asks it to: a Linux number, 1..64; 0 is SIGTERM.
    std::uint8_t stopSignal = 0;

    Bytes encode() const;
    static std::optional<Exec> decode(BytesView payload);
    friend bool operator==(const Exec &, const Exec &) = default;
};

/// Copies a tree of files on a new stream.
struct Copy
{
    static constexpr FrameType Type = FrameType::Copy;

    enum class Direction : std::uint8_t
    {
        Out, // the agent packs
        In // the agent unpacks
    };

    Direction direction = Direction::Out;
    /// Relative ones are below "/".
    std::string path;
    /// In: of the tree, as UnpackRequest::name.
    std::string name;
    /// Out: sends what a link leads to.
    bool followLink = false;
    /// In: owners and all mode bits as they are sent.
    bool keepOwners = false;

    Bytes encode() const;
    static std::optional<Copy> decode(BytesView payload);
    friend bool operator==(const Copy &, const Copy &) = default;
};

/// A signal for the command's process group; on a terminal, for its foreground group.
struct Signal
{
    static constexpr FrameType Type = FrameType::Signal;

    /// Linux numbers, 1..64.
    std::uint8_t number = 0;

    Bytes encode() const;
    static std::optional<Signal> decode(BytesView payload);
    friend bool operator==(const Signal &, const Signal &) = default;
};

struct Resize
{
    static constexpr FrameType Type = FrameType::Resize;

    std::uint16_t rows = 0;
    std::uint16_t columns = 0;

    Bytes encode() const;
    static std::optional<Resize> decode(BytesView payload);
    friend bool operator==(const Resize &, const Resize &) = default;
};

/// The client has vanished: SIGHUP to the process group, SIGKILL after HangupGrace. Output is dropped from
/// now on: neither Data nor Eof follows, only Exited.
struct Hangup
{
    static constexpr FrameType Type = FrameType::Hangup;

    Bytes encode() const { return {}; }
    static std::optional<Hangup> decode(BytesView payload);
    friend bool operator==(const Hangup &, const Hangup &) = default;
};

struct UsageRequest
{
    static constexpr FrameType Type = FrameType::UsageRequest;

    Bytes encode() const { return {}; }
    static std::optional<UsageRequest> decode(BytesView payload);
    friend bool operator==(const UsageRequest &, const UsageRequest &) = default;
};

struct SetClock
{
    static constexpr FrameType Type = FrameType::SetClock;

    /// Since 1970, UTC.
    std::chrono::nanoseconds unixTime{0};

    Bytes encode() const;
    static std::optional<SetClock> decode(BytesView payload);
    friend bool operator==(const SetClock &, const SetClock &) = default;
};

struct Shutdown
{
    static constexpr FrameType Type = FrameType::Shutdown;

    /// What processes get between SIGTERM and SIGKILL.
    std::chrono::milliseconds grace{0};

    Bytes encode() const;
    static std::optional<Shutdown> decode(BytesView payload);
    friend bool operator==(const Shutdown &, const Shutdown &) = default;
};

/// A whole frame for a message. stream  0 for what concerns the guest as a whole
template <typename Message> Bytes encodeMessage(std::uint32_t stream, const Message &message)
{
    return encodeFrame(Message::Type, stream, message.encode());
}

} // namespace boxgate::guest
