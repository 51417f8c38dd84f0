#include "net/services/hostsfile.h"

#include "net/policy/allowrule.h"

#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace boxgate::net {

HostsFile::HostsFile(std::string path)
    : m_path(std::move(path))
{ }

std::span<const Ipv4> HostsFile::find(const std::string &name)
{
    reload();
    const auto found = m_addresses.find(name);
    if (found == m_addresses.end())
        return {};
    return found->second;
}

void HostsFile::reload()
{
    struct stat status
    { };
    if (::stat(m_path.c_str(), &status) != 0) {
        m_addresses.clear();
        m_size = -1;
        return;
    }
    const bool isSame = status.st_size == m_size && status.st_mtim.tv_sec == m_modified.tv_sec
        && status.st_mtim.tv_nsec == m_modified.tv_nsec;
    if (isSame)
        return;
    m_size = status.st_size;
    m_modified = status.st_mtim;
    m_addresses.clear();
    std::ifstream file(m_path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string word;
        words >> word;
        const auto address = parseIpv4(word);
        while (address && words >> word)
            m_addresses[normalizedName(word)].push_back(*address);
    }
}

} // namespace boxgate::net
