#include "net/services/dnsupstream.h"

#include <ares.h>
#include <sys/stat.h>
#include <sys/time.h>

namespace boxgate::net {

namespace {

constexpr const char *ResolverConfiguration = "/etc/resolv.conf";
constexpr std::chrono::seconds CheckInterval{1};

timespec modificationTime()
{
    struct stat status
    { };
    return ::stat(ResolverConfiguration, &status) == 0 ? status.st_mtim : timespec{};
}

/// c-ares counts uses of its process-wide state; one guard for the process is enough.
bool initializeLibrary()
{
    static const bool initialized = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    return initialized;
}

} // namespace

struct DnsUpstream::Question
{
    DnsUpstream *upstream;
    Answered answered;
};

DnsUpstream::DnsUpstream(Poller &poller, std::vector<std::string> servers)
    : m_poller(poller)
    , m_servers(std::move(servers))
{ }

DnsUpstream::~DnsUpstream()
{
    m_closing = true;
    if (m_channel)
        ares_destroy(m_channel);
}

Result<std::unique_ptr<DnsUpstream>> DnsUpstream::create(Poller &poller, std::vector<std::string> servers)
{
    std::unique_ptr<DnsUpstream> upstream(new DnsUpstream(poller, std::move(servers)));
    if (!initializeLibrary())
        return fail(ErrorCode::Unavailable, QStringLiteral("The resolver library does not start"));
    const auto opened = upstream->openChannel();
    BOXGATE_TRY(opened);
    return upstream;
}

Result<void> DnsUpstream::openChannel()
{
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = TimeoutMilliseconds;
    options.tries = Tries;
    options.sock_state_cb_data = this;
    options.sock_state_cb = [](void *self, ares_socket_t socket, int readable, int writable) {
        auto *upstream = static_cast<DnsUpstream *>(self);
        if (!readable && !writable)
            upstream->m_poller.forget(socket);
        else
            upstream->m_poller.watch(socket, (readable ? PollIn : 0u) | (writable ? PollOut : 0u), upstream);
    };
    constexpr int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    m_modified = modificationTime();
    if (const int status = ares_init_options(&m_channel, &options, mask); status != ARES_SUCCESS) {
        m_channel = nullptr;
        return fail(ErrorCode::Unavailable,
                    QStringLiteral("The host's resolver configuration cannot be used"),
                    QString::fromUtf8(ares_strerror(status)));
    }
    if (m_servers.empty())
        return {};
    std::string list;
    for (const std::string &server : m_servers)
        list += (list.empty() ? "" : ",") + server;
    if (ares_set_servers_ports_csv(m_channel, list.c_str()) != ARES_SUCCESS)
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' is not a list of resolvers").arg(QString::fromStdString(list)));
    return {};
}

void DnsUpstream::reopenIfChanged()
{
    const auto now = std::chrono::steady_clock::now();
    if (!m_servers.empty() || now - m_checked < CheckInterval)
        return;
    m_checked = now;
    const timespec modified = modificationTime();
    if (modified.tv_sec == m_modified.tv_sec && modified.tv_nsec == m_modified.tv_nsec)
        return;
    ares_channeldata *const old = m_channel;
    if (openChannel())
        ares_destroy(old); // ends its questions with no reply: the guest asks again
    else
        m_channel = old;
}

void DnsUpstream::ask(const std::vector<uint8_t> &query, Answered answered)
{
    reopenIfChanged();
    if (m_inFlight >= MaxInFlight) {
        answered({});
        return;
    }
    ++m_inFlight;
    const auto done = [](void *argument, int, int, unsigned char *reply, int size) {
        const std::unique_ptr<Question> question(static_cast<Question *>(argument));
        --question->upstream->m_inFlight;
        if (!question->upstream->m_closing)
            question->answered(reply ? std::span<const uint8_t>(reply, size_t(size))
                                     : std::span<const uint8_t>());
    };
    ares_send(m_channel, query.data(), int(query.size()), done, new Question{this, std::move(answered)});
}

void DnsUpstream::cancel() { ares_cancel(m_channel); }

int DnsUpstream::timeout() const
{
    timeval time{};
    const timeval *const next = ares_timeout(m_channel, nullptr, &time);
    return next ? int(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000) : -1;
}

void DnsUpstream::tick() { ares_process_fd(m_channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void DnsUpstream::ready(int descriptor, uint32_t events)
{
    const bool readable = events & (PollIn | PollError | PollHangUp);
    const bool writable = events & PollOut;
    ares_process_fd(m_channel, readable ? descriptor : ARES_SOCKET_BAD,
                    writable ? descriptor : ARES_SOCKET_BAD);
}

} // namespace boxgate::net
