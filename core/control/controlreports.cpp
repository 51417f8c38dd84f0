#include "core/control/controlreports.h"

#include "core/base/jsonreader.h"

#include <QJsonDocument>

#include <algorithm>

namespace boxgate {

namespace {

/// Whole numbers up to here are exact in JSON.
constexpr qint64 MaxExact = 1LL << 53;
/// A name has at most 253 characters; a port and a protocol come on top.
constexpr qsizetype MaxDestination = 300;

const QString EntriesKey = QStringLiteral("entries");
const QString MoreKey = QStringLiteral("more");

qsizetype sizeOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).size() + 1; // with its comma
}

quint64 required(JsonReader &reader, const QString &key)
{
    const std::optional<qint64> number = reader.integer(key, 0, MaxExact);
    if (!number)
        reader.reject(key, QStringLiteral("is missing"));
    return quint64(number.value_or(0));
}

} // namespace

QJsonObject PageParams::toJson() const
{
    return {{QStringLiteral("offset"), offset}, {QStringLiteral("limit"), limit}};
}

Result<PageParams> PageParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    PageParams params;
    params.offset =
        int(reader.integer(QStringLiteral("offset"), 0, std::numeric_limits<int>::max()).value_or(0));
    params.limit =
        int(reader.integer(QStringLiteral("limit"), 1, ReportLimits::MaxPageEntries).value_or(params.limit));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

ReportPage ReportPage::of(const PageParams &params, int total,
                          const std::function<QJsonObject(int index)> &entry)
{
    ReportPage page;
    qsizetype bytes = 0;
    int index = std::min(params.offset, total);
    for (; index < total && page.entries.size() < params.limit; ++index) {
        const QJsonObject next = entry(index);
        bytes += sizeOf(next);
        if (bytes > ReportLimits::MaxPageBytes)
            break;
        page.entries.append(next);
    }
    page.more = index < total;
    return page;
}

QJsonObject ReportPage::toJson() const { return {{EntriesKey, entries}, {MoreKey, more}}; }

Result<ReportPage> ReportPage::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    ReportPage page;
    page.entries = reader.array(EntriesKey).value_or(QJsonArray());
    page.more = reader.boolean(MoreKey).value_or(false);
    const bool areObjects = std::all_of(page.entries.begin(), page.entries.end(),
                                        [](const QJsonValue &value) { return value.isObject(); });
    if (!areObjects || page.entries.size() > ReportLimits::MaxPageEntries)
        reader.reject(EntriesKey,
                      QStringLiteral("must hold at most %1 objects").arg(ReportLimits::MaxPageEntries));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return page;
}

QJsonObject EventsParams::toJson() const { return {{QStringLiteral("after"), qint64(after)}}; }

Result<EventsParams> EventsParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    EventsParams params;
    params.after = quint64(reader.integer(QStringLiteral("after"), 0, MaxExact).value_or(0));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

EventsPage EventsPage::of(const NetEventBatch &all)
{
    EventsPage page;
    page.batch.lost = all.lost;
    qsizetype bytes = 0;
    for (const NetEvent &event : all.events) {
        bytes += sizeOf(event.toJson());
        if (bytes > ReportLimits::MaxPageBytes)
            break;
        page.batch.events.append(event);
    }
    page.more = page.batch.events.size() < all.events.size();
    return page;
}

QJsonObject EventsPage::toJson() const
{
    QJsonObject object = batch.toJson();
    object.insert(MoreKey, more);
    return object;
}

Result<EventsPage> EventsPage::fromJson(const QJsonObject &object)
{
    const QJsonValue moreValue = object.value(MoreKey);
    if (!moreValue.isBool())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("'%1' must be true or false").arg(MoreKey));
    QJsonObject fields = object;
    fields.remove(MoreKey);
    fields.remove(QStringLiteral("event"));
    const Result<NetEventBatch> batch = NetEventBatch::fromJson(fields);
    BOXGATE_TRY(batch);
    EventsPage page;
    page.batch = *batch;
    page.more = moreValue.toBool();
    return page;
}

QJsonObject TestParams::toJson() const { return {{QStringLiteral("destination"), destination}}; }

Result<TestParams> TestParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    TestParams params;
    params.destination = reader.requiredString(QStringLiteral("destination"));
    if (params.destination.size() > MaxDestination)
        reader.reject(QStringLiteral("destination"),
                      QStringLiteral("must have at most %1 characters").arg(MaxDestination));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject CloseFlowParams::toJson() const { return {{QStringLiteral("id"), qint64(id)}}; }

Result<CloseFlowParams> CloseFlowParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    CloseFlowParams params;
    params.id = required(reader, QStringLiteral("id"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

} // namespace boxgate
