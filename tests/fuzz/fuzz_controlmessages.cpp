/// The control protocol's JSON: what one side accepts survives a round trip.
#include "core/control/controlmessages.h"

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
    if (!again)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    if (const Result<ControlRequest> request = ControlRequest::decode(json)) {
        const Result<ControlRequest> again = ControlRequest::decode(request->encode());
        if (!again)
            std::abort();
    }
    const Result<QJsonObject> response = decodeResponse(json);
    if (!response && encodeError(response.error()).size() > 256 * 1024)
        std::abort();
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    roundTrip<ExecParams>(object);
    roundTrip<CopyParams>(object);
    roundTrip<AttachParams>(object);
    roundTrip<StopParams>(object);
    roundTrip<ResizeParams>(object);
    roundTrip<SignalParams>(object);
    roundTrip<NetworkParams>(object);
    roundTrip<SamplesParams>(object);
    roundTrip<SubscribeParams>(object);
    roundTrip<RunnerState>(object);
    roundTrip<SampleEvent>(object);
    roundTrip<SamplesResult>(object);
    roundTrip<ExitedEvent>(object);
    roundTrip<ControlHello>(object);
    return 0;
}
