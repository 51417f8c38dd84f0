#include "tests/support/namespacethread.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace boxgate::test {

NamespaceThread::NamespaceThread()
{
    std::future<void> ready = m_ready.get_future();
    m_thread = std::thread([this] {
        if (::unshare(CLONE_NEWNET) != 0)
            m_error = QStringLiteral("No network namespace: ") + qt_error_string(errno);
        m_ready.set_value();
        serve();
    });
    ready.wait();
}

NamespaceThread::~NamespaceThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void NamespaceThread::run(const std::function<void()> &work)
{
    std::packaged_task<void()> task(work);
    std::future<void> done = task.get_future();
    {
        const std::lock_guard lock(m_mutex);
        m_task = std::move(task);
        m_hasTask = true;
    }
    m_wake.notify_all();
    done.get();
}

void NamespaceThread::serve()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_hasTask || m_stopping; });
        if (m_stopping)
            return;
        m_hasTask = false;
        std::packaged_task<void()> task = std::move(m_task);
        lock.unlock();
        task();
        lock.lock();
    }
}

bool runCommand(const QString &command)
{
    return std::system(command.toLocal8Bit().constData())
        == 0; // fork() takes the calling thread's namespaces along
}

int openTunnel(const char *name, int flags)
{
    const int descriptor = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ifreq request{};
    request.ifr_flags = short(flags | IFF_NO_PI);
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (descriptor >= 0 && ::ioctl(descriptor, TUNSETIFF, &request) != 0) {
        const int error = errno;
        ::close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

} // namespace boxgate::test
