#pragma once

#include "core/model/netreport.h"

#include <QJsonArray>

#include <functional>

/// The part of the control protocol in which a runner tells about its box's gate: parameters and answers as
/// values, strict like those in controlmessages.h. Lists come in pages, because a frame's JSON is bounded.
namespace boxgate {

namespace ControlMethod {
// Lists: PageParams to ReportPage.
inline const QString Flows = QStringLiteral("flows");
inline const QString Destinations = QStringLiteral("destinations");
inline const QString Blocked = QStringLiteral("blocked");
inline const QString Dns = QStringLiteral("dns");
inline const QString Rules = QStringLiteral("rules");
inline const QString Ports = QStringLiteral("ports");

inline const QString Events = QStringLiteral("events"); ///< EventsParams to EventsPage
inline const QString Test = QStringLiteral("test"); ///< TestParams to NetTest
inline const QString CloseFlow = QStringLiteral("close-flow"); ///< CloseFlowParams to nothing
inline const QString Capture = QStringLiteral("capture"); ///< nothing to NetCapture
} // namespace ControlMethod

namespace ControlEvent {
inline const QString NetEvents = QStringLiteral("net-events"); ///< for subscribers that asked
} // namespace ControlEvent

struct ReportLimits
{
    /// JSON of one page's entries; with what is around them far below ControlLimits::MaxJsonBytes.
    static constexpr qsizetype MaxPageBytes = 192 * 1024;
    static constexpr int MaxPageEntries = 2048;
    /// Entries that a client joins from pages: more than any list of the engine has.
    static constexpr int MaxEntries = 65'536;
};

/// Which part of a list. Offset 0 makes the runner look anew; the following pages are of the same look.
struct PageParams
{
    int offset = 0;
    int limit = ReportLimits::MaxPageEntries; ///< at least 1

    QJsonObject toJson() const;
    static Result<PageParams> fromJson(const QJsonObject &object);
    bool operator==(const PageParams &) const = default;
};

/// A part of a list: as many entries from the offset on as the limit and the frame allow.
struct ReportPage
{
    QJsonArray entries; ///< of objects
    bool more = false; ///< ask again from the offset behind the last entry

    /// total   entries of the whole list
    /// entry   the i-th one's JSON
    static ReportPage of(const PageParams &params, int total,
                         const std::function<QJsonObject(int index)> &entry);

    QJsonObject toJson() const;
    static Result<ReportPage> fromJson(const QJsonObject &object);
    bool operator==(const ReportPage &) const = default;
};

struct EventsParams
{
    quint64 after = 0; ///< sequence number: only events after this one

    QJsonObject toJson() const;
    static Result<EventsParams> fromJson(const QJsonObject &object);
    bool operator==(const EventsParams &) const = default;
};

/// The answer to `events`, and the event `net-events`.
struct EventsPage
{
    NetEventBatch batch;
    bool more = false; ///< ask again after the last one

    /// The first of `all` that fit one frame.
    static EventsPage of(const NetEventBatch &all);

    QJsonObject toJson() const;
    static Result<EventsPage> fromJson(const QJsonObject &object);
    bool operator==(const EventsPage &) const = default;
};

struct TestParams
{
    QString destination; ///< "HOST[:PORT][/tcp|/udp]"

    QJsonObject toJson() const;
    static Result<TestParams> fromJson(const QJsonObject &object);
    bool operator==(const TestParams &) const = default;
};

struct CloseFlowParams
{
    quint64 id = 0; ///< NetFlow::id

    QJsonObject toJson() const;
    static Result<CloseFlowParams> fromJson(const QJsonObject &object);
    bool operator==(const CloseFlowParams &) const = default;
};

} // namespace boxgate
