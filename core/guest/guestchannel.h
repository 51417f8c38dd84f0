#pragma once

#include "core/base/descriptor.h"
#include "core/base/pendingreply.h"
#include "core/base/taskscope.h"
#include "core/guest/guestprocess.h"
#include "core/guest/gueststream.h"
#include "core/guest/protocol/agentmessages.h"

#include <QObject>
#include <QSocketNotifier>

#include <deque>
#include <map>
#include <memory>

namespace boxgate {

/// The host's end of the agent's channel: one connected stream socket, many commands at once.
///
/// Thread: the main thread. Lifetime: once closed() was emitted nothing works any more. It may be destroyed
/// at any time: requests that wait end with Cancelled, processes with lost(). The agent powers the guest off
/// when the channel closes. Invariants: everything read is hostile. A malformed frame, a frame for a stream
/// that does not exist, one out of order, or Data beyond the credit closes the channel with Protocol. What is
/// held in memory for the guest is bounded: by a frame when reading, by MaxQueuedBytes when writing; output
/// is handed on at once, and credit says how much of it there is.
class GuestChannel : public QObject
{
    Q_OBJECT

public:
    /// Data of all streams waiting to be written to the socket.
    static constexpr qsizetype MaxQueuedBytes = 1 << 20;
    static constexpr std::chrono::milliseconds RequestLimit{10'000};
    /// Exec to Started or ExecFailed. Generous: a busy guest under tcg starts fifty programs at once.
    static constexpr std::chrono::milliseconds ExecLimit{30'000};

    explicit GuestChannel(Descriptor socket, QObject *parent = nullptr);
    ~GuestChannel() override;

    /// Waits for the agent's first words.
    /// Errors   Timeout; Protocol: another protocol version; Unavailable: the channel closed
    Async<guest::Hello> hello(std::chrono::milliseconds limit);

    /// Errors   Unavailable: the agent says why it cannot ("The guest cannot set its root up: ..."); Timeout;
    /// Protocol
    Async<guest::Ready> configure(guest::Configure configure, std::chrono::milliseconds limit);

    /// Starts a command. Before anything can arrive for it, connect to its signals: they come from the event
    /// loop only. Returns  the handle, which the caller owns; destroying it hangs the command up Errors
    /// Unavailable: the channel is closed; Conflict: MaxStreams commands are running; InvalidArgument: no
    /// program, or the lists are
    ///          too long
    Result<std::unique_ptr<GuestProcess>> exec(const guest::Exec &exec);

    /// Copies a tree into the guest by its standard input, or out of it by its standard output, in the form
    /// of core/tree/treeitem.h. All as with exec().
    Result<std::unique_ptr<GuestProcess>> copy(const guest::Copy &copy);

    Async<guest::Usage> usage(std::chrono::milliseconds limit = RequestLimit);

    /// Sets the guest's clock, after the host slept.
    void setClock(std::chrono::nanoseconds unixTime);

    /// Asks the guest to power itself off. Ends when the agent has said that it does; QEMU's exit follows.
    /// grace    between SIGTERM and SIGKILL for the guest's processes
    Async<void> shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds limit = RequestLimit);

    bool isClosed() const { return m_closed.has_value(); }
    /// Streams in use, those included whose handle is gone.
    int streams() const { return int(m_streams.size()); }

Q_SIGNALS:
    /// Once. Unavailable: the guest's end closed, as after a power-off; Protocol: the guest broke the
    /// protocol.
    void closed(const boxgate::Error &error);
    /// A line of the agent's for the box's log; hostile text.
    void logged(const QString &line);
    /// The agent gives up and powers off: the sentence.
    void guestFailed(const boxgate::Error &error);
    /// The guest powers itself off.
    void shuttingDown();

private:
    friend class GuestProcess;

    struct Stream
    {
        GuestStream protocol;
        GuestProcess *process =
            nullptr; ///< null: its handle is gone, the command is hung up and about to end
    };

    void readAvailable();
    /// Returns false when reading must stop: the channel is closed, or destroyed by a slot.
    bool dispatch(const guest::Frame &frame);
    std::optional<Error> dispatchToGuest(const guest::Frame &frame);
    std::optional<Error> dispatchToStream(const guest::Frame &frame);
    std::optional<Error> acceptHello(const guest::Hello &hello);
    std::optional<Error> acceptFailed(const guest::Failed &failed);
    quint32 freeStream();
    Result<std::unique_ptr<GuestProcess>> startStream(const guest::Exec &streams, guest::FrameType type,
                                                      const guest::Bytes &payload);

    qsizetype roomInQueue() const { return MaxQueuedBytes - (m_outgoing.size() - m_sent); }
    void send(guest::BytesView bytes);
    void sendData(quint32 stream, QByteArrayView content);
    void flush();
    void announceRoom();
    void close(const Error &error);
    void failRequests(const Error &error);

    Descriptor m_socket;
    std::unique_ptr<QSocketNotifier> m_readable;
    std::unique_ptr<QSocketNotifier> m_writable;
    guest::FrameReader m_reader{guest::Sender::Agent};
    QByteArray m_readBuffer;
    QByteArray m_outgoing; ///< what the socket has not taken yet, from m_sent on
    qsizetype m_sent = 0;
    std::map<quint32, Stream> m_streams;
    quint32 m_lastStream = 0;
    std::optional<guest::Hello> m_hello;
    std::optional<PendingReply<guest::Hello>> m_helloReply;
    // In the order of their questions; the agent answers in that order.
    std::deque<PendingReply<guest::Ready>> m_readyReplies;
    std::deque<PendingReply<guest::Usage>> m_usageReplies;
    std::optional<PendingReply<bool>> m_shutdownReply;
    std::optional<Error> m_closed; ///< why
};

} // namespace boxgate
