#pragma once

#include "app/cli/terminal.h"

#include <QByteArray>
#include <QObject>
#include <QSocketNotifier>

namespace boxgate::cli {

/// Reads standard input only as fast as somebody wants it: after each bytesRead() it pauses until resume(),
/// so never more than ChunkBytes are held.
///
/// Thread: the main thread. The descriptor's flags are left alone: other programs share the terminal or the
/// pipe.
class InputReader : public QObject
{
    Q_OBJECT

public:
    explicit InputReader(QObject *parent = nullptr);

    void resume();
    /// No more is wanted.
    void stop();

    static constexpr qsizetype ChunkBytes = 64 * 1024;

Q_SIGNALS:
    void bytesRead(const QByteArray &bytes);
    void ended();

private:
    void readChunk();

    QSocketNotifier m_notifier;
    bool m_isStopped = false;
};

/// Writes a byte stream to standard output or error without blocking the event loop.
///
/// Thread: the main thread. It queues what it is given: the giver bounds that by waiting for written().
class OutputWriter : public QObject
{
    Q_OBJECT

public:
    explicit OutputWriter(StandardStream stream, QObject *parent = nullptr);

    void write(const QByteArray &bytes);
    bool isEmpty() const { return m_queue.isEmpty(); }
    bool isBroken() const { return m_isBroken; }

Q_SIGNALS:
    void written(qsizetype bytes);
    /// Everything is written; from the event loop or from write().
    void drained();
    /// Nobody reads it any more; what is written from now on is dropped.
    void broken();

private:
    void writeMore();
    qsizetype writePiece();
    void breakOff();

    const int m_descriptor;
    const bool m_isRegularFile;
    QByteArray m_queue;
    qsizetype m_begin = 0;
    bool m_isBroken = false;
    QSocketNotifier m_notifier;
};

/// Opens /dev/null in place of standard streams that are closed, so that no file of ours takes their number,
/// and ignores SIGPIPE. Call first in main().
void prepareStandardStreams();

} // namespace boxgate::cli
