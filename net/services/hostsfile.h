#pragma once

#include "net/wire/address.h"

#include <ctime>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace boxgate::net {

/// The IPv4 addresses of a hosts file, read again when the file changes. Thread: net.
/// Source   hosts(5)
class HostsFile
{
public:
    explicit HostsFile(std::string path);

    /// name   normalized
    std::span<const Ipv4> find(const std::string &name);

private:
    void reload();

    std::string m_path;
    timespec m_modified{};
    long long m_size = -1;
    std::unordered_map<std::string, std::vector<Ipv4>> m_addresses;
};

} // namespace boxgate::net
