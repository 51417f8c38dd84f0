/// The protocol between the host and the agent, PID 1 of a guest, over one virtio-serial port.
///
/// # Carrier
/// A byte stream in each direction, with order and without loss: the port PortName. The agent opens it as
/// soon as the port exists and speaks first. When the host closes its end after it was once open, the agent
/// powers the guest off.
///
/// # Frames
///     u32 length    bytes of payload, little-endian as every number here
///     u8  type      FrameType
///     u32 stream    0 for what concerns the guest as a whole, otherwise one command
///     payload       `length` bytes; the bound depends on the type, see maxPayloadBytes()
/// In payloads a string or byte list is a u32 count followed by the bytes, a list is a u32 count followed by
/// its elements, a flag is a u8 of 0 or 1, times are signed 64-bit nanoseconds unless said otherwise. A
/// payload with bytes missing or left over is malformed.
///
/// # Order of a session
///     agent: Hello                    at once, before any file system of the box is mounted
///     host:  Configure                root device, volumes, network, names, clock, entropy
///     agent: Ready, or Failed and power-off
///     host:  Exec or Copy on any new stream, UsageRequest, SetClock, Configure again, in any order
///     host:  Shutdown
///     agent: ShuttingDown, then the guest powers itself off
/// A repeated Configure (a guest continued from saved memory has another identity) applies host name, hosts,
/// network, clock and entropy anew, and mounts volumes that are not yet mounted; the root device is kept. It
/// is answered by Ready too.
///
/// # Streams
/// The host chooses the number: any but 0 that is not in use. A stream lives from Exec to Exited or
/// ExecFailed, which are its last frames from the agent. Frames of the host for a stream that has ended cross
/// with that and are ignored by the agent.
///     host:  Exec                     agent: Started, or ExecFailed (the last frame; Eof may precede it)
///     host:  Data(Stdin)*, Eof(Stdin) agent: Data(Stdout|Stderr)*, Eof(Stdout), Eof(Stderr), Exited (the
///     last frame) host:  Signal, Resize, Hangup   any time
/// The host may send Data, Eof and Signal right after Exec, without waiting for Started. A terminal has no
/// Stderr channel. Eof(Stdin) from the agent says that the command reads no more; what is sent after that is
/// dropped, and its credit returned. Exited follows once the command has ended and its outputs have been
/// delivered: to their end, or, when processes it left behind hold them open, as far as was written by the
/// time of its end, at least OutputGrace later.
///
/// Copy instead of Exec opens a stream that the agent serves itself, in a process of its own: a tree of files
/// in the form of core/tree/treeitem.h on Stdin (into the box) or Stdout (out of it), one clause on Stderr
/// when it fails, and Exited with 0 or 1. All else is as for a command.
///
/// # Credit
/// Per stream and channel a sender of Data may have InitialCredit bytes under way; the receiver returns
/// Credit as it has passed them on. Bytes count as the length of Data's content. More than that is a protocol
/// error. So a command whose output nobody reads stops by itself, alone.
///
/// # Errors
/// The agent answers a malformed frame with Failed and powers off. The host trusts nothing: a malformed
/// frame, a type only hosts send, or Data beyond the credit ends the box.
///
/// Everything in this folder is pure, standard C++20 for both sides: no allocation is made on a count that
/// was not checked against the bytes that are there, nothing throws, nothing reads outside its span.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace boxgate::guest {

/// Goes up whenever a frame or its meaning changes; host and agent of one build always match, so unequal is
/// an error.
inline constexpr std::uint32_t ProtocolVersion = 2;

inline constexpr const char *PortName = "org.boxgate.agent";

/// Bytes of Data that may be under way per stream and channel.
inline constexpr std::uint32_t InitialCredit = 256 * 1024;

/// Content bytes of one Data frame.
inline constexpr std::size_t MaxDataBytes = 64 * 1024;

/// Payload bytes of any frame but Exec and Configure.
inline constexpr std::size_t MaxPayloadBytes = MaxDataBytes + 64;

/// Payload bytes of Exec and Configure, which hold lists of the user's making. Linux takes 128 KiB per
/// argument.
inline constexpr std::size_t MaxListPayloadBytes = 512 * 1024;

/// Commands at once in one guest.
inline constexpr std::size_t MaxStreams = 1024;

/// How long outputs held open by left-behind processes delay Exited.
inline constexpr std::chrono::milliseconds OutputGrace{200};

/// Time between SIGHUP and SIGKILL after Hangup.
inline constexpr std::chrono::milliseconds HangupGrace{2000};

enum class FrameType : std::uint8_t
{
    // host to agent
    Configure = 0x01,
    Exec = 0x02,
    Signal = 0x03,
    Resize = 0x04,
    Hangup = 0x05,
    UsageRequest = 0x06,
    SetClock = 0x07,
    Shutdown = 0x08,
    Copy = 0x09,
    // both ways
    Data = 0x40,
    Eof = 0x41,
    Credit = 0x42,
    // agent to host
    Hello = 0x81,
    Ready = 0x82,
    Failed = 0x83,
    Started = 0x84,
    ExecFailed = 0x85,
    Exited = 0x86,
    Usage = 0x87,
    Log = 0x88,
    ShuttingDown = 0x89,
};

enum class Channel : std::uint8_t
{
    Stdin = 0,
    Stdout = 1,
    Stderr = 2
};

enum class Sender
{
    Host,
    Agent
};

/// Whether `sender` may send frames of this type. False for unknown types.
bool isSentBy(FrameType type, Sender sender);

/// The bound of the payload of this type, in bytes; 0 for unknown types, which have none.
std::size_t maxPayloadBytes(FrameType type);

} // namespace boxgate::guest
