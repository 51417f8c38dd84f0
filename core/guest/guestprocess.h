#pragma once

#include "core/base/result.h"
#include "core/guest/gueststream.h"

#include <QObject>
#include <QTimer>

namespace boxgate {

class GuestChannel;

/// One command in the guest, seen from the host.
///
/// Thread: the main thread. Lifetime: owned by whoever called GuestChannel::exec(); may be destroyed at any
/// time, in its own slots too (deleteLater() there): a command that still runs is hung up (SIGHUP, then
/// SIGKILL). Exactly one of finished(), failed() and lost() ends it, and nothing comes after. Credit: at most
/// guest::InitialCredit bytes of each output are under way. The guest sends on as grantCredit() says that
/// they were passed on, so a slow client at the far end slows this command alone.
class GuestProcess : public QObject
{
    Q_OBJECT

public:
    ~GuestProcess() override;

    quint32 stream() const { return m_stream; }
    bool isEnded() const { return !m_channel; }

    /// Bytes of standard input that write() takes now.
    qsizetype writableBytes() const;
    /// Sends standard input. Returns how many of the bytes were taken: at most writableBytes(). For the rest
    /// wait for bytesWritable(). After inputClosed(), closeInput() or the end bytes are taken and dropped.
    qsizetype write(QByteArrayView bytes);
    /// End of file on standard input.
    void closeInput();

    /// The receiver has passed that many bytes of channel on: the guest may send as many more.
    void grantCredit(guest::Channel channel, qsizetype bytes);

    void resize(quint16 rows, quint16 columns);
    /// number   Linux signal, 1..64
    void signal(int number);
    /// The client has vanished: ends the command, output is dropped.
    void hangup();

Q_SIGNALS:
    void started(quint32 pid);
    /// The command could not be started.
    void failed(const boxgate::guest::ExecFailed &failure);
    /// bytes of Stdout or Stderr, up to MaxDataBytes; hostile.
    void output(boxgate::guest::Channel channel, const QByteArray &bytes);
    /// No more output will come on channel.
    void outputEnded(boxgate::guest::Channel channel);
    /// writableBytes() has become larger, after write() took less than it was given.
    void bytesWritable();
    /// The command reads no more standard input.
    void inputClosed();
    void finished(const boxgate::guest::Exited &exited);
    /// The channel closed, or the agent did not answer to Exec in time.
    void lost(const boxgate::Error &error);

private:
    friend class GuestChannel;

    enum class Input
    {
        Open,
        Closed ///< by either side: what is written is dropped
    };

    GuestProcess(GuestChannel *channel, quint32 stream, const guest::Exec &exec);

    /// May destroy this object: slots do as they like.
    void handle(const GuestStream::Event &event);
    void end();
    void lose(const Error &error);
    void announceRoom();

    GuestChannel *m_channel; ///< null once the command has ended or the channel is gone
    const quint32 m_stream;
    QTimer m_startLimit;
    Input m_input;
    bool m_wantsRoom = false; ///< write() took less than it was given
};

} // namespace boxgate
