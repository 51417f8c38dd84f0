#pragma once

#include <atomic>
#include <memory>

namespace boxgate {

/// Asks long work on another thread to end early. Copies share one flag; it is never taken back.
/// Thread: any, several at once.
class CancelToken
{
public:
    CancelToken()
        : m_flag(std::make_shared<std::atomic<bool>>(false))
    { }

    void cancel() const { m_flag->store(true, std::memory_order_relaxed); }
    bool isCancelled() const { return m_flag->load(std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

} // namespace boxgate
