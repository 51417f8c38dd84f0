/// boxgate_makeinitramfs AGENT OUTPUT: writes the guest's initramfs, a cpio archive with the agent as /init
/// and the console device that the kernel opens for it. Needs neither cpio(1) nor root; the same input gives
/// the same bytes. Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst, format "newc".

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

constexpr std::uint32_t Folder = 040755;
constexpr std::uint32_t Program = 0100755;
constexpr std::uint32_t CharacterDevice = 020600;
constexpr std::size_t Alignment = 4;

struct Device
{
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
};

/// Builds the archive in memory; the agent is its only content of any size.
class Archive
{
public:
    void add(std::string_view name, std::uint32_t mode, std::string_view content = {}, Device device = {})
    {
        m_bytes += "070701";
        // inode, mode, uid, gid, links, time, size, device of the file, device it is, length of the name,
        // checksum
        for (const std::uint32_t value :
             {++m_inode, mode, 0u, 0u, 1u, 0u, static_cast<std::uint32_t>(content.size()), 0u, 0u,
              device.major, device.minor, static_cast<std::uint32_t>(name.size() + 1), 0u}) {
            char field[9];
            std::snprintf(field, sizeof field, "%08X", value);
            m_bytes += field;
        }
        m_bytes += name;
        m_bytes += '\0';
        align();
        m_bytes += content;
        align();
    }

    const std::string &finish()
    {
        add("TRAILER!!!", 0);
        return m_bytes;
    }

private:
    void align() { m_bytes.append((Alignment - m_bytes.size() % Alignment) % Alignment, '\0'); }

    std::string m_bytes;
    std::uint32_t m_inode = 0;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "Usage: boxgate_makeinitramfs AGENT OUTPUT\n");
        return EXIT_FAILURE;
    }
    std::ifstream agent(argv[1], std::ios::binary);
    const std::string program{std::istreambuf_iterator<char>(agent), std::istreambuf_iterator<char>()};
    if (program.empty()) {
        std::fprintf(stderr, "Cannot read the agent %s; build the target boxgate_agent first.\n", argv[1]);
        return EXIT_FAILURE;
    }
    Archive archive;
    archive.add("dev", Folder);
    archive.add("dev/console", CharacterDevice, {}, {5, 1});
    archive.add("init", Program, program);
    std::ofstream output(argv[2], std::ios::binary | std::ios::trunc);
    output << archive.finish();
    output.close();
    if (!output) {
        std::fprintf(stderr, "Cannot write the initramfs %s.\n", argv[2]);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
