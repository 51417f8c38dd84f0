#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace boxgate::agent {

/// Whom a command runs as.
struct Identity
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;
    /// Empty when the image does not name the user.
    std::string name;
    std::string home = "/";
};

struct IdentityLookup
{
    Identity identity;
    /// Empty on success, else a clause such as "no user 'bob' in the box's /etc/passwd".
    std::string problem;
};

/// Resolves "user", "user:group" or "" (root) the way container engines do: names first, then numbers, and a
/// number need not be listed. Without a group the user's own applies (0 for an unlisted number) together with
/// those that list the user as a member; with one, only that. passwd, group  the text of the image's files,
/// hostile; malformed lines are skipped. No NSS: a static program has none.
IdentityLookup resolveIdentity(std::string_view user, std::string_view passwd, std::string_view group);

/// What is read of each of the two files, in bytes.
inline constexpr std::size_t MaxAccountFileBytes = 1024 * 1024;

/// NGROUPS_MAX is 65536; this is what anyone needs.
inline constexpr std::size_t MaxGroups = 1024;

} // namespace boxgate::agent
