#pragma once

#include "core/base/result.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>

namespace boxgate {

/// A result that arrives later: one coroutine awaits it, somebody else delivers it, once. A time limit
/// delivers its own error.
///
///     const PendingReply<Usage> reply(timeout, Error {ErrorCode::Timeout, tr("...")});
///     m_waiting.insert(id, reply);           // whoever reads the answer calls deliver()
///     const Result<Usage> usage = co_await reply;
///
/// Thread: one thread with an event loop. Lifetime: a handle; copies share the reply. The coroutine goes on
/// from the event loop, never inside deliver(), so deliver() is safe in the middle of a parser. A reply
/// nobody awaits is dropped silently.
template <typename T> class PendingReply
{
public:
    /// limit     0 is no limit
    /// tooLate   what is delivered when it has passed
    explicit PendingReply(std::chrono::milliseconds limit = {}, Error tooLate = {})
        : m_state(std::make_shared<State>())
    {
        if (limit.count() == 0)
            return;
        m_state->timer.setSingleShot(true);
        State *const state = m_state.get();
        QObject::connect(&m_state->timer, &QTimer::timeout, &m_state->timer,
                         [state, tooLate = std::move(tooLate)] { state->deliver(fail(tooLate)); });
        m_state->timer.start(limit);
    }

    bool isDelivered() const { return m_state->result.has_value(); }
    /// The first delivery counts; later ones are ignored.
    void deliver(Result<T> result) const { m_state->deliver(std::move(result)); }

    bool await_ready() const noexcept { return isDelivered(); }
    void await_suspend(std::coroutine_handle<> waiter) const noexcept { m_state->waiter = waiter; }
    Result<T> await_resume() const { return *m_state->result; }

private:
    struct State : std::enable_shared_from_this<State>
    {
        std::optional<Result<T>> result;
        std::coroutine_handle<> waiter;
        QTimer timer;

        void deliver(Result<T> arrived)
        {
            if (result)
                return;
            result.emplace(std::move(arrived));
            timer.stop();
            QMetaObject::invokeMethod(
                &timer, [self = this->shared_from_this()] { self->resume(); }, Qt::QueuedConnection);
        }
        void resume()
        {
            if (const std::coroutine_handle<> handle = std::exchange(waiter, {}))
                handle.resume();
        }
    };

    std::shared_ptr<State> m_state;
};

} // namespace boxgate
