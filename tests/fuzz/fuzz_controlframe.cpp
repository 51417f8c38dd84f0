/// The control protocol's frames: any bytes in any chunks give the same frames as in one piece, and each of
/// them encodes to the bytes it came from.
#include "core/control/controlframe.h"

#include <cstdlib>

using namespace boxgate;

namespace {

QByteArray encode(const ControlFrame &frame)
{
    switch (frame.type) {
    case ControlFrameType::Data:
        return encodeDataFrame(frame.stream, frame.channel, frame.content);
    case ControlFrameType::End:
        return encodeEndFrame(frame.stream, frame.channel);
    case ControlFrameType::Credit:
        return encodeCreditFrame(frame.stream, frame.channel, frame.bytes);
    case ControlFrameType::Cancel:
        return encodeCancelFrame(frame.stream);
    default:
        return encodeJsonFrame(frame.type, frame.stream, frame.json);
    }
}

QByteArray readAll(QByteArrayView bytes, qsizetype chunk)
{
    ControlFrameReader reader;
    QByteArray again;
    for (qsizetype at = 0; at < bytes.size(); at += chunk) {
        reader.feed(bytes.sliced(at, std::min(chunk, bytes.size() - at)));
        ControlFrame frame;
        while (reader.next(frame) == ControlFrameReader::Status::Frame)
            again += encode(frame);
    }
    return again;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    const QByteArray whole = readAll(bytes, std::max<qsizetype>(bytes.size(), 1));
    const QByteArray pieces = readAll(bytes, 1 + data[0]);
    if (whole != pieces || !bytes.startsWith(whole))
        std::abort();
    return 0;
}
