// What a guest sends as a tree: each item that is accepted encodes to the same bytes again, and the grammar
// lets no name through that leads elsewhere.
#include "core/tree/treeitem.h"

#include <algorithm>
#include <cstdlib>

using namespace boxgate::tree;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    BytesView input(data, size);
    TreeGrammar grammar;
    while (input.size() >= ItemHeaderBytes) {
        const auto header = decodeItemHeader(input.first(ItemHeaderBytes));
        if (!header || header->length > input.size() - ItemHeaderBytes)
            return 0;
        const std::optional<Item> item =
            decodeItem(header->type, input.subspan(ItemHeaderBytes, header->length));
        if (!item)
            return 0;
        const BytesView whole = input.first(ItemHeaderBytes + header->length);
        const Bytes again = encodeItem(*item);
        if (!std::equal(again.begin(), again.end(), whole.begin(), whole.end()))
            std::abort();
        if (!item->name.empty() && !isName(item->name))
            std::abort();
        if (item->type == ItemType::HardLink && (item->target.front() == '/' || item->target.find("..") == 0)
            && !isName(item->target.substr(0, item->target.find('/'))))
            std::abort();
        if (!grammar.accept(*item) || grammar.depth() > MaxDepth)
            return 0;
        input = input.subspan(whole.size());
    }
    return 0;
}
