#include "core/model/imageref.h"

using namespace boxgate;

// What a user types. What is accepted must read back from its own short form as the same image.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<ImageRef> ref = ImageRef::parse(text);
    if (!ref)
        return 0;
    const Result<ImageRef> again = ImageRef::parse(ref->toString());
    if (!again || *again != *ref)
        abort();
    return 0;
}
