/// libslirp takes two buffers of 128 KiB per connection from GLib, and resizes them. Under AddressSanitizer
/// such blocks are mapped, copied and unmapped each time, which was most of the fuzzer's time. Here they are
/// kept for the next connection; everything else goes to malloc() and realloc() as before.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <sanitizer/asan_interface.h>
#include <vector>

namespace {

constexpr size_t LowestSize = 128 * 1024; ///< TCP_SNDSPACE and TCP_RCVSPACE
constexpr size_t HighestSize = LowestSize + 64 * 1024; ///< rounded up to whole segments

class Blocks
{
public:
    static bool isFor(size_t size) { return size >= LowestSize && size <= HighestSize; }
    bool has(void *block) const { return std::ranges::find(m_all, block) != m_all.end(); }

    void *take(size_t size)
    {
        if (m_free.empty()) {
            m_free.push_back(std::malloc(HighestSize));
            m_all.push_back(m_free.back());
        }
        void *const block = m_free.back();
        m_free.pop_back();
        resize(block, size);
        return block;
    }
    void resize(void *block, size_t size)
    {
        __asan_unpoison_memory_region(block, size);
        __asan_poison_memory_region(static_cast<char *>(block) + size, HighestSize - size);
    }
    void giveBack(void *block)
    {
        __asan_poison_memory_region(block, HighestSize); // a use after it is still found
        m_free.push_back(block);
    }

private:
    std::vector<void *> m_all;
    std::vector<void *> m_free;
};

Blocks &blocks()
{
    static auto *const all = new Blocks; // GLib frees after static objects are gone
    return *all;
}

} // namespace

extern "C" void *g_realloc(void *block, size_t size)
{
    const bool isKept = block && blocks().has(block);
    if (!isKept && !(Blocks::isFor(size) && !block))
        return std::realloc(block, size);
    if (!block)
        return blocks().take(size);
    if (!Blocks::isFor(size))
        std::abort(); // libslirp does not
    blocks().resize(block, size);
    return block;
}

extern "C" void g_free(void *block)
{
    if (block && blocks().has(block))
        blocks().giveBack(block);
    else
        std::free(block);
}
