#include "core/tree/treetar.h"

#include "core/tree/archivepipe.h"

#include <archive_entry.h>

#include <memory>

namespace boxgate::tree {

namespace {

constexpr std::int64_t Second = 1'000'000'000;

using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

Problem problemOf(archive *handle, const char *what)
{
    const char *const why = archive_error_string(handle);
    return std::string(what) + ": " + (why ? why : "unknown failure");
}

class TarWriter
{
public:
    TarWriter(ItemReader &in, const std::string &name, archive *out)
        : m_in(in)
        , m_out(out)
        , m_path(name.empty() ? "." : name)
    { }

    Problem run(Totals &totals);

private:
    Problem take(const Item &item);
    Problem writeHeader(const Item &item);
    Problem writeZeros(std::uint64_t bytes);
    Problem writeContent(BytesView content);

    ItemReader &m_in;
    archive *m_out;
    std::string m_path;
    std::vector<std::size_t> m_lengths; // of the paths above
    std::uint64_t m_left = 0; // of the present file
};

Problem TarWriter::run(Totals &totals)
{
    for (;;) {
        Item item;
        if (Problem problem = m_in.next(item); !problem.empty())
            return problem;
        if (item.type == ItemType::End) {
            totals = item.totals;
            return archive_write_close(m_out) == ARCHIVE_OK ? Problem() : problemOf(m_out, "the archive");
        }
        if (Problem problem = take(item); !problem.empty())
            return problem;
    }
}

Problem TarWriter::take(const Item &item)
{
    switch (item.type) {
    case ItemType::Leave:
        m_path.resize(m_lengths.back());
        m_lengths.pop_back();
        return {};
    case ItemType::Data:
        return writeContent(item.content);
    case ItemType::Hole:
        return writeZeros(item.size);
    case ItemType::FileEnd:
        return writeZeros(m_left);
    default:
        return writeHeader(item);
    }
}

Problem TarWriter::writeHeader(const Item &item)
{
    const Entry entry(archive_entry_new(), &archive_entry_free);
    const std::size_t length = m_path.size();
    if (!item.name.empty())
        m_path += "/" + item.name;
    archive_entry_copy_pathname(entry.get(), m_path.c_str());
    const bool isFile = item.type == ItemType::File || item.type == ItemType::HardLink;
    archive_entry_set_filetype(entry.get(),
                               isFile                              ? AE_IFREG
                                   : item.type == ItemType::Folder ? AE_IFDIR
                                                                   : AE_IFLNK);
    archive_entry_set_perm(entry.get(), item.attributes.mode);
    archive_entry_set_uid(entry.get(), item.attributes.owner);
    archive_entry_set_gid(entry.get(), item.attributes.group);
    const std::int64_t nanoseconds = ((item.attributes.modified % Second) + Second) % Second;
    archive_entry_set_mtime(entry.get(), (item.attributes.modified - nanoseconds) / Second, nanoseconds);
    m_left = item.type == ItemType::File ? std::min(item.size, MaxFileBytes) : 0;
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(m_left));
    if (item.type == ItemType::Symlink)
        archive_entry_copy_symlink(entry.get(), item.target.c_str());
    if (item.type == ItemType::HardLink) {
        const std::size_t root = m_lengths.front(); // the grammar has no link outside of a folder
        archive_entry_copy_hardlink(entry.get(), (m_path.substr(0, root) + "/" + item.target).c_str());
    }
    if (item.type == ItemType::Folder)
        m_lengths.push_back(length);
    else
        m_path.resize(length);
    return archive_write_header(m_out, entry.get()) >= ARCHIVE_WARN ? Problem()
                                                                    : problemOf(m_out, "the archive");
}

Problem TarWriter::writeContent(BytesView content)
{
    content = content.first(std::min<std::uint64_t>(content.size(), m_left));
    m_left -= content.size();
    while (!content.empty()) {
        const la_ssize_t count = archive_write_data(m_out, content.data(), content.size());
        if (count <= 0)
            return problemOf(m_out, "the archive");
        content = content.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Problem TarWriter::writeZeros(std::uint64_t bytes)
{
    static const Bytes zeros(MaxDataBytes);
    bytes = std::min(bytes, m_left);
    while (bytes > 0) {
        const std::uint64_t piece = std::min<std::uint64_t>(bytes, zeros.size());
        if (Problem problem = writeContent(BytesView(zeros).first(piece)); !problem.empty())
            return problem;
        bytes -= piece;
    }
    return {};
}

class TarReader
{
public:
    TarReader(archive *in, ItemWriter &out, const CancelFlag &cancelled, Totals &totals)
        : m_in(in)
        , m_out(out)
        , m_cancelled(cancelled)
        , m_totals(totals)
    { }

    Problem run();

private:
    Problem take(archive_entry *entry);
    Problem goTo(const std::vector<std::string> &folders, const Attributes &made);
    Problem sendFile(const Item &item);
    Problem sendContent(std::uint64_t size);
    Problem send(ItemType type);

    archive *m_in;
    ItemWriter &m_out;
    const CancelFlag &m_cancelled;
    Totals &m_totals;
    std::vector<std::string> m_open; // the folders that are entered, below the root
};

Attributes attributesOf(archive_entry *entry)
{
    Attributes attributes;
    attributes.mode = archive_entry_perm(entry) & 07777u;
    attributes.owner = static_cast<std::uint32_t>(archive_entry_uid(entry));
    attributes.group = static_cast<std::uint32_t>(archive_entry_gid(entry));
    attributes.modified = archive_entry_mtime(entry) * Second + archive_entry_mtime_nsec(entry);
    return attributes;
}

/// The names of a path without "." and slashes at either end. Returns false when one of them is none.
bool split(const char *path, std::vector<std::string> &names)
{
    const std::string text = path ? path : "";
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        const std::string name = text.substr(begin, end - begin);
        begin = end + 1;
        if (name.empty() || name == ".")
            continue;
        if (!isName(name))
            return false;
        names.push_back(name);
    }
    return names.size() < MaxDepth;
}

std::string joined(const std::vector<std::string> &names)
{
    std::string path;
    for (const std::string &name : names)
        path += (path.empty() ? "" : "/") + name;
    return path;
}

Problem TarReader::run()
{
    Item root;
    root.type = ItemType::Folder;
    root.attributes.mode = 0755;
    Problem problem = m_out.write(root);
    while (problem.empty()) {
        archive_entry *entry = nullptr;
        const int status = archive_read_next_header(m_in, &entry);
        if (status == ARCHIVE_EOF)
            break;
        if (m_cancelled)
            return CancelledProblem;
        problem = status >= ARCHIVE_WARN ? take(entry) : problemOf(m_in, "the archive");
    }
    if (problem.empty())
        problem = goTo({}, {});
    if (problem.empty())
        problem = send(ItemType::Leave);
    if (problem.empty())
        problem = send(ItemType::End);
    return problem.empty() ? m_out.flush() : problem;
}

Problem TarReader::send(ItemType type)
{
    Item item;
    item.type = type;
    item.totals = m_totals;
    return m_out.write(item);
}

/// Leaves and enters folders until these are the open ones.
Problem TarReader::goTo(const std::vector<std::string> &folders, const Attributes &made)
{
    std::size_t common = 0;
    while (common < folders.size() && common < m_open.size() && folders[common] == m_open[common])
        ++common;
    for (; m_open.size() > common; m_open.pop_back()) {
        if (Problem problem = send(ItemType::Leave); !problem.empty())
            return problem;
    }
    for (; m_open.size() < folders.size();) {
        Item item;
        item.type = ItemType::Folder;
        item.name = folders[m_open.size()];
        item.attributes = made;
        if (Problem problem = m_out.write(item); !problem.empty())
            return problem;
        m_open.push_back(item.name);
    }
    return {};
}

Problem TarReader::take(archive_entry *entry)
{
    const std::string shown = archive_entry_pathname(entry) ? archive_entry_pathname(entry) : "";
    std::vector<std::string> names;
    if (!split(shown.c_str(), names))
        return shown + ": is no name that a file may have";
    Attributes between;
    between.mode = 0755;
    between.modified = archive_entry_mtime(entry) * Second;
    Item item;
    item.attributes = attributesOf(entry);
    const auto type = archive_entry_filetype(entry);
    const char *const hardLink = archive_entry_hardlink(entry);
    if (!hardLink && type == AE_IFDIR) {
        if (names.empty())
            return {}; // the root
        const std::vector<std::string> above(names.begin(), names.end() - 1);
        const Problem problem = goTo(above, between);
        return problem.empty() ? goTo(names, item.attributes) : problem;
    }
    if (names.empty())
        return shown + ": is no name that a file may have";
    item.name = names.back();
    names.pop_back();
    if (!hardLink && type != AE_IFREG && type != AE_IFLNK) {
        ++m_totals.leftOut;
        return {};
    }
    if (Problem problem = goTo(names, between); !problem.empty())
        return problem;
    ++m_totals.files;
    if (hardLink) {
        std::vector<std::string> target;
        if (!split(hardLink, target) || target.empty())
            return shown + ": links to something outside of the archive";
        item.type = ItemType::HardLink;
        item.target = joined(target);
        return m_out.write(item);
    }
    if (type == AE_IFLNK) {
        item.type = ItemType::Symlink;
        item.target = archive_entry_symlink(entry) ? archive_entry_symlink(entry) : "";
        if (item.target.empty() || item.target.size() > MaxTargetBytes)
            return shown + ": is a link without a target";
        return m_out.write(item);
    }
    item.type = ItemType::File;
    item.size = static_cast<std::uint64_t>(archive_entry_size(entry));
    return sendFile(item);
}

Problem TarReader::sendFile(const Item &item)
{
    if (item.size > MaxFileBytes)
        return item.name + ": is too large";
    if (Problem problem = m_out.write(item); !problem.empty())
        return problem;
    if (Problem problem = sendContent(item.size); !problem.empty())
        return problem;
    return send(ItemType::FileEnd);
}

Problem TarReader::sendContent(std::uint64_t size)
{
    std::uint64_t at = 0;
    const auto hole = [&](std::uint64_t to) {
        Item item;
        item.type = ItemType::Hole;
        item.size = to - at;
        at = to;
        return item.size > 0 ? m_out.write(item) : Problem();
    };
    for (;;) {
        const void *bytes = nullptr;
        std::size_t length = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(m_in, &bytes, &length, &offset);
        if (status == ARCHIVE_EOF)
            return size > at ? hole(size) : Problem();
        if (status < ARCHIVE_WARN || m_cancelled)
            return m_cancelled ? Problem(CancelledProblem) : problemOf(m_in, "the archive");
        if (offset < 0 || static_cast<std::uint64_t>(offset) < at
            || static_cast<std::uint64_t>(offset) + length > size)
            return "the archive: a file's parts are out of order";
        if (Problem problem = hole(static_cast<std::uint64_t>(offset)); !problem.empty())
            return problem;
        BytesView content(static_cast<const std::uint8_t *>(bytes), length);
        while (!content.empty()) {
            Item item;
            item.type = ItemType::Data;
            item.content = content.first(std::min(content.size(), MaxDataBytes));
            if (Problem problem = m_out.write(item); !problem.empty())
                return problem;
            content = content.subspan(item.content.size());
        }
        at += length;
        m_totals.bytes += length;
    }
}

} // namespace

Problem treeToTar(ItemReader &in, int fd, const std::string &name, const CancelFlag &cancelled,
                  Totals &totals)
{
    ArchivePipe pipe(fd, cancelled);
    const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                                      &archive_write_free);
    archive_write_set_format_pax_restricted(out.get());
    archive_write_set_bytes_in_last_block(out.get(), 1);
    if (pipe.openWriter(out.get()) != ARCHIVE_OK)
        return pipe.problem(out.get(), "the archive");
    const Problem problem = TarWriter(in, name, out.get()).run(totals);
    if (!problem.empty())
        archive_write_fail(out.get()); // else it would be completed with zeros
    return cancelled ? Problem(CancelledProblem) : problem;
}

Problem tarToTree(int fd, ItemWriter &out, const CancelFlag &cancelled, Totals &totals)
{
    ArchivePipe pipe(fd, cancelled);
    const std::unique_ptr<archive, decltype(&archive_read_free)> in(archive_read_new(), &archive_read_free);
    archive_read_support_filter_all(in.get());
    archive_read_support_format_tar(in.get());
    if (pipe.openReader(in.get()) != ARCHIVE_OK)
        return pipe.problem(in.get(), "this is no tar archive");
    const Problem problem = TarReader(in.get(), out, cancelled, totals).run();
    return cancelled ? Problem(CancelledProblem) : problem;
}

} // namespace boxgate::tree
