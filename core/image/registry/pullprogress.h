#pragma once

#include "core/base/bytes.h"
#include "core/image/digest.h"
#include "core/model/imageref.h"

#include <chrono>
#include <deque>
#include <optional>

namespace boxgate {

/// How far a pull is.
struct PullProgress
{
    enum class Stage
    {
        Resolving, ///< which blobs it takes is not known yet
        Downloading,
        Finishing
    };
    struct Blob
    {
        Digest digest;
        qint64 size = 0;
        qint64 done = 0; ///< bytes that are here
        bool wasThere = false; ///< before the pull

        bool operator==(const Blob &) const = default;
    };

    Stage stage = Stage::Resolving;
    ImageRef ref;
    QList<Blob> blobs; ///< the configuration first, then the layers, lowest first; each digest once
    qint64 received = 0; ///< bytes that have come since the pull began
    double bytesPerSecond = 0; ///< of these, over the last seconds

    Bytes total() const;
    Bytes done() const;
    qsizetype finishedBlobs() const;
    /// nullopt: it cannot be told
    std::optional<std::chrono::seconds> timeLeft() const;
};

/// Bytes per second over a sliding window. Pure: the caller tells the time.
class RateMeter
{
public:
    using Clock = std::chrono::steady_clock;

    void add(qint64 bytes, Clock::time_point now);
    double rate(Clock::time_point now);

    static constexpr std::chrono::seconds Window{5};

private:
    struct Sample
    {
        Clock::time_point time;
        qint64 bytes;
    };
    void forgetBefore(Clock::time_point begin);

    std::deque<Sample> m_samples;
    qint64 m_sum = 0;
    std::optional<Clock::time_point> m_begin;
};

} // namespace boxgate
