/// What a runner tells of its box's gate: what a client accepts survives a round trip unchanged.
#include "core/control/controlreports.h"

#include <QJsonDocument>

#include <cstdlib>

using namespace boxgate;

namespace {

template <typename T> void roundTrip(const QJsonObject &object)
{
    const Result<T> read = T::fromJson(object);
    if (!read)
        return;
    const QByteArray text = QJsonDocument(read->toJson()).toJson(QJsonDocument::Compact);
    const Result<T> again = T::fromJson(QJsonDocument::fromJson(text).object());
    if (!again || !(*again == *read))
        std::abort();
}

/// Also in the form in which they come: as entries of a page.
void readEntries(const QJsonObject &object)
{
    const Result<ReportPage> page = ReportPage::fromJson(object);
    if (!page)
        return;
    for (const QJsonValue &value : page->entries) {
        roundTrip<NetFlow>(value.toObject());
        roundTrip<NetDestination>(value.toObject());
        roundTrip<NetBlocked>(value.toObject());
        roundTrip<NetDnsQuestion>(value.toObject());
        roundTrip<NetRuleUse>(value.toObject());
        roundTrip<NetPort>(value.toObject());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    roundTrip<PageParams>(object);
    roundTrip<ReportPage>(object);
    roundTrip<EventsParams>(object);
    roundTrip<EventsPage>(object);
    roundTrip<TestParams>(object);
    roundTrip<CloseFlowParams>(object);
    roundTrip<NetTest>(object);
    roundTrip<NetCapture>(object);
    roundTrip<NetMinute>(object);
    readEntries(object);
    return 0;
}
