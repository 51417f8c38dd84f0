#include "core/guest/agent/accounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace boxgate::agent {

namespace {

/// Cuts the front of `text` up to `separator`, which is dropped.
std::string_view cut(std::string_view &text, char separator)
{
    const std::size_t end = text.find(separator);
    const std::string_view front = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return front;
}

/// A whole decimal number below 2^32 - 1, which setresuid() takes for "unchanged".
std::optional<std::uint32_t> parseId(std::string_view text)
{
    std::uint32_t id = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size() || id == UINT32_MAX)
        return std::nullopt;
    return id;
}

struct UserLine
{
    std::string_view name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string_view home;
};

std::optional<UserLine> parseUser(std::string_view line)
{
    std::array<std::string_view, 6> fields; // name, password, uid, gid, comment, home
    for (std::string_view &field : fields)
        field = cut(line, ':');
    const auto uid = parseId(fields[2]);
    const auto gid = parseId(fields[3]);
    if (fields[0].empty() || !uid || !gid)
        return std::nullopt;
    return UserLine{fields[0], *uid, *gid, fields[5]};
}

struct GroupLine
{
    std::string_view name;
    std::uint32_t gid = 0;
    std::string_view members;
};

std::optional<GroupLine> parseGroup(std::string_view line)
{
    std::array<std::string_view, 4> fields; // name, password, gid, members
    for (std::string_view &field : fields)
        field = cut(line, ':');
    const auto gid = parseId(fields[2]);
    if (fields[0].empty() || !gid)
        return std::nullopt;
    return GroupLine{fields[0], *gid, fields[3]};
}

template <typename Line, typename Parse, typename Wanted>
std::optional<Line> findLine(std::string_view text, Parse parse, Wanted wanted)
{
    while (!text.empty()) {
        const std::optional<Line> line = parse(cut(text, '\n'));
        if (line && wanted(*line))
            return line;
    }
    return std::nullopt;
}

bool hasMember(std::string_view members, std::string_view name)
{
    while (!members.empty()) {
        if (cut(members, ',') == name)
            return true;
    }
    return false;
}

std::vector<std::uint32_t> groupsOf(std::string_view name, std::string_view groupText)
{
    std::vector<std::uint32_t> groups;
    while (!groupText.empty() && groups.size() < MaxGroups) {
        const auto line = parseGroup(cut(groupText, '\n'));
        if (line && hasMember(line->members, name)
            && std::find(groups.begin(), groups.end(), line->gid) == groups.end())
            groups.push_back(line->gid);
    }
    return groups;
}

std::optional<UserLine> findUser(std::string_view key, std::string_view passwd)
{
    auto line = findLine<UserLine>(passwd, parseUser, [&](const UserLine &user) { return user.name == key; });
    if (const auto uid = parseId(key); !line && uid)
        line = findLine<UserLine>(passwd, parseUser, [&](const UserLine &user) { return user.uid == *uid; });
    return line;
}

std::optional<std::uint32_t> findGroup(std::string_view key, std::string_view group)
{
    const auto line =
        findLine<GroupLine>(group, parseGroup, [&](const GroupLine &entry) { return entry.name == key; });
    return line ? std::optional(line->gid) : parseId(key);
}

std::string missing(std::string_view kind, std::string_view key, std::string_view file)
{
    return "no " + std::string(kind) + " '" + std::string(key) + "' in the box's " + std::string(file);
}

} // namespace

IdentityLookup resolveIdentity(std::string_view user, std::string_view passwd, std::string_view group)
{
    const bool hasGroup = user.find(':') != std::string_view::npos;
    std::string_view groupKey = user;
    std::string_view userKey = cut(groupKey, ':');
    if (userKey.empty())
        userKey = "0";

    IdentityLookup lookup;
    Identity &identity = lookup.identity;
    if (const auto line = findUser(userKey, passwd)) {
        identity.uid = line->uid;
        identity.gid = line->gid;
        identity.name = line->name;
        if (!line->home.empty() && line->home.front() == '/')
            identity.home = line->home;
    } else if (const auto uid = parseId(userKey)) {
        identity.uid = *uid;
    } else if (userKey != "root") { // an image without accounts still has its root
        lookup.problem = missing("user", userKey, "/etc/passwd");
        return lookup;
    }
    if (identity.uid == 0 && identity.name.empty()) {
        identity.name = "root";
        identity.home = "/root";
    }

    if (hasGroup && !groupKey.empty()) {
        const auto gid = findGroup(groupKey, group);
        if (!gid) {
            lookup.problem = missing("group", groupKey, "/etc/group");
            return lookup;
        }
        identity.gid = *gid;
    } else if (!identity.name.empty()) {
        identity.groups = groupsOf(identity.name, group);
    }
    if (identity.groups.empty())
        identity.groups.push_back(identity.gid);
    return lookup;
}

} // namespace boxgate::agent
