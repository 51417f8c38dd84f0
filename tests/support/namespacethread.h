#pragma once

#include <QString>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace boxgate::test {

/// A thread that lives in a network namespace of its own and does what it is told there, one work at a time.
/// The namespace lasts as long as this object, and as the sockets that were made in it.
class NamespaceThread
{
public:
    NamespaceThread();
    ~NamespaceThread();
    NamespaceThread(const NamespaceThread &) = delete;
    NamespaceThread &operator=(const NamespaceThread &) = delete;

    /// Why there is no namespace; empty when there is one.
    QString error() const { return m_error; }

    /// Runs work there and waits for it. Sockets made by it, and threads started by it, stay in the
    /// namespace.
    void run(const std::function<void()> &work);

private:
    void serve();

    QString m_error;
    std::mutex m_mutex; ///< guards the three below
    std::packaged_task<void()> m_task;
    bool m_hasTask = false;
    bool m_stopping = false;
    std::condition_variable m_wake;
    std::promise<void> m_ready;
    std::thread m_thread;
};

/// Runs a shell command in the calling thread's namespace. Returns  whether it ended with 0
bool runCommand(const QString &command);

/// Opens a TAP (frames) or TUN (packets) device of this name in the calling thread's namespace.
/// flags   IFF_TAP or IFF_TUN
/// Returns  its descriptor; -1 with errno
int openTunnel(const char *name, int flags);

} // namespace boxgate::test
