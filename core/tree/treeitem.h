/// A tree of files as a byte stream: what `boxgate cp` sends between the host and a box. Names are single
/// components and the tree's shape is in the order of the items, so a stream cannot name anything outside of
/// where it is unpacked.
///
///     u8  type     ItemType
///     u32 length   bytes of payload, little-endian, at most MaxItemBytes
///     payload
///
///     tree    := node End
///     node    := Folder node* Leave | File (Data | Hole)* FileEnd | Symlink | HardLink
/// The root's own name is empty: whoever unpacks knows how it is to be called. A hard link leads to an
/// earlier file of the same tree. Owners are numbers; extended attributes, devices, sockets and pipes are not
/// carried.
///
/// Pure, standard C++: host and agent compile the same sources.
#pragma once

#include "core/guest/protocol/wire.h"

#include <cstdint>
#include <optional>
#include <string>

namespace boxgate::tree {

using guest::Bytes;
using guest::BytesView;

/// One sentence's clause, such as "/etc/x: Permission denied"; empty: none.
using Problem = std::string;

enum class ItemType : std::uint8_t
{
    Folder = 1,
    Leave = 2,
    File = 3,
    Data = 4,
    Hole = 5,
    FileEnd = 6,
    Symlink = 7,
    HardLink = 8,
    End = 9
};

inline constexpr std::size_t ItemHeaderBytes = 5;
inline constexpr std::size_t MaxDataBytes = 64 * 1024;
inline constexpr std::size_t MaxItemBytes = MaxDataBytes;
inline constexpr std::size_t MaxNameBytes = 255;
inline constexpr std::size_t MaxTargetBytes = 4095; // PATH_MAX less its zero
/// One descriptor per level is open on both sides.
inline constexpr std::size_t MaxDepth = 256;
/// The largest file of ext4.
inline constexpr std::uint64_t MaxFileBytes = 1ull << 44;

struct Attributes
{
    /// The lower 12 bits: permissions, set-user-id, set-group-id, sticky.
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    /// Nanoseconds since 1970.
    std::int64_t modified = 0;

    friend bool operator==(const Attributes &, const Attributes &) = default;
};

struct Totals
{
    std::uint64_t files = 0; // all but folders
    std::uint64_t bytes = 0;
    /// Devices, sockets, pipes, and folders of other file systems.
    std::uint64_t leftOut = 0;

    friend bool operator==(const Totals &, const Totals &) = default;
};

struct Item
{
    ItemType type = ItemType::End;
    std::string name; // Folder, File, Symlink, HardLink
    Attributes attributes; // Folder, File, Symlink
    std::uint64_t size = 0; // File: as it is expected; Hole
    std::string target; // Symlink: its text; HardLink: the path below the root
    BytesView content; // Data; not owned
    Totals totals; // End
};

/// Whether it may be an entry of a folder.
bool isName(const std::string &name);

/// Header and payload.
Bytes encodeItem(const Item &item);
/// The header of a Data item, for content that is not copied.
Bytes dataHeader(std::size_t bytes);

struct ItemHeader
{
    ItemType type = ItemType::End;
    std::size_t length = 0;
};
/// bytes   ItemHeaderBytes of them
/// Returns nullopt: an unknown type, or too long
std::optional<ItemHeader> decodeItemHeader(BytesView bytes);
/// Returns nullopt: malformed. The names are valid by themselves; whether the item may stand here is
/// TreeGrammar's.
std::optional<Item> decodeItem(ItemType type, BytesView payload);

/// Whether items come in an order that makes a tree.
class TreeGrammar
{
public:
    /// False: not here; nothing may follow.
    bool accept(const Item &item);
    bool isComplete() const { return m_state == State::Complete; }
    /// Folders that are open.
    std::size_t depth() const { return m_depth; }

private:
    enum class State
    {
        Root, // its item is awaited
        InFolder,
        InFile,
        Closed, // the root is whole, End is awaited
        Complete
    };

    bool acceptNode(const Item &item);
    bool acceptContent(const Item &item);
    State outside() const { return m_depth > 0 ? State::InFolder : State::Closed; }

    State m_state = State::Root;
    std::size_t m_depth = 0;
    std::uint64_t m_fileBytes = 0;
};

} // namespace boxgate::tree
