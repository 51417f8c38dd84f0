#include "app/cli/signalsource.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

sigset_t setOf(const QList<int> &numbers)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers)
        sigaddset(&set, number);
    return set;
}

} // namespace

SignalSource::SignalSource(const QList<int> &signalNumbers, QObject *parent)
    : QObject(parent)
    , m_numbers(signalNumbers)
{
    const sigset_t set = setOf(m_numbers);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_descriptor = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    m_notifier = std::make_unique<QSocketNotifier>(m_descriptor.number(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &SignalSource::readPending);
}

SignalSource::~SignalSource()
{
    m_notifier.reset();
    const sigset_t set = setOf(m_numbers);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void SignalSource::readPending()
{
    signalfd_siginfo info{};
    while (::read(m_descriptor.number(), &info, sizeof info) == ssize_t(sizeof info)) {
        const int number = int(info.ssi_signo);
        if (!m_first)
            m_first = number;
        Q_EMIT received(number);
    }
}

} // namespace boxgate::cli
