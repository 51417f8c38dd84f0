// The QMP reader gives the same messages however the bytes are cut, and holds no more than its bound.
#include "core/machine/qmpreader.h"

#include <cstdint>
#include <cstdlib>

using namespace boxgate;

namespace {

QList<QJsonObject> readAll(QmpReader &reader)
{
    QList<QJsonObject> objects;
    for (;;) {
        const Result<std::optional<QJsonObject>> next = reader.next();
        if (!next) {
            if (next.error().code != ErrorCode::Protocol || reader.next())
                std::abort();
            return objects;
        }
        if (!*next)
            return objects;
        objects += **next;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 1)
        return 0;
    const qsizetype step = 1 + data[0] % 16;
    const QByteArrayView bytes(data + 1, qsizetype(size) - 1);

    QmpReader whole;
    whole.feed(bytes);
    const QList<QJsonObject> expected = readAll(whole);

    QmpReader pieces;
    QList<QJsonObject> objects;
    for (qsizetype begin = 0; begin < bytes.size(); begin += step) {
        pieces.feed(bytes.sliced(begin, std::min(step, bytes.size() - begin)));
        objects += readAll(pieces);
    }
    if (objects != expected)
        std::abort();
    return 0;
}
