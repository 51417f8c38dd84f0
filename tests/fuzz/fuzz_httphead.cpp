#include "net/inspect/httphead.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

using namespace boxgate::net;

namespace {

using State = HttpHeadReader::State;

constexpr std::string_view WhiteSpace = " \t\v\f\r";
constexpr std::string_view TokenCharacters = "!#$%&'*+-.^_`|~0123456789"
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

void require(bool holds)
{
    if (!holds)
        std::abort();
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        c = char(std::tolower(uint8_t(c)));
    return result;
}

std::string_view trimmed(std::string_view text)
{
    const size_t begin = std::min(text.find_first_not_of(WhiteSpace), text.size());
    return text.substr(begin, text.find_last_not_of(WhiteSpace) + 1 - begin);
}

/// A server that takes whatever somewhere some server takes: the names that it might find in a stream.
class LenientServer
{
public:
    explicit LenientServer(std::string_view stream)
    {
        stream.remove_prefix(std::min(stream.find_first_not_of(" \t\v\f\r\n"), stream.size()));
        const size_t end = stream.find('\n');
        if (end == std::string_view::npos)
            return;
        readRequestLine(stream.substr(0, end));
        for (stream.remove_prefix(end + 1); m_isHttp;) {
            const size_t next = stream.find('\n');
            const std::string_view line = stream.substr(0, next);
            if (next == std::string_view::npos || trimmed(line).empty())
                return;
            readField(line);
            stream.remove_prefix(next + 1);
        }
    }

    bool isHttp() const { return m_isHttp; }
    const std::vector<std::string> &names() const { return m_names; }

private:
    static bool isClean(std::string_view word)
    {
        return std::ranges::none_of(word, [](char c) { return std::iscntrl(uint8_t(c)); });
    }
    void readRequestLine(std::string_view line)
    {
        std::vector<std::string_view> words;
        while (!(line = trimmed(line)).empty()) {
            words.push_back(line.substr(0, line.find_first_of(WhiteSpace)));
            line.remove_prefix(words.back().size());
        }
        m_isHttp = words.size() >= 3 && lowered(words.back()).starts_with("http/1.")
            && words[0].find_first_not_of(TokenCharacters) == std::string_view::npos
            && std::ranges::all_of(words, isClean);
        if (!m_isHttp)
            return;
        const size_t scheme = words[1].find("://");
        if (!words[1].starts_with('/') && scheme != std::string_view::npos)
            addName(words[1].substr(scheme + 3, words[1].find_first_of("/?#", scheme + 3) - scheme - 3));
        else if (lowered(words[0]) == "connect" && !words[1].starts_with('/') && words[1] != "*")
            addName(words[1]);
    }
    void readField(std::string_view line)
    {
        const size_t colon = line.find(':');
        if (colon != std::string_view::npos && lowered(trimmed(line.substr(0, colon))) == "host")
            addName(trimmed(line.substr(colon + 1)));
    }
    void addName(std::string_view authority)
    {
        authority = authority.substr(authority.rfind('@') + 1);
        authority = authority.substr(0, authority.find(':'));
        if (authority.ends_with('.'))
            authority.remove_suffix(1);
        m_names.push_back(lowered(authority));
    }

    bool m_isHttp = false;
    std::vector<std::string> m_names;
};

} // namespace

/// The first byte chooses the size of the segments. However the stream is cut it is read the same, and a
/// server that is more lenient than any finds no other name in what is a head, and no request in what is not.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t step = data[0] + size_t(1);
    const std::span<const uint8_t> stream(data + 1, size - 1);
    HttpHeadReader whole;
    const State state = whole.read(stream);
    HttpHeadReader pieces;
    for (size_t count = std::min(step, stream.size()); count < stream.size(); count += step)
        pieces.read(stream.first(count));
    require(pieces.read(stream) == state);
    require(pieces.host() == whole.host());

    const LenientServer server({reinterpret_cast<const char *>(stream.data()), stream.size()});
    if (state == State::NotHttp)
        require(!server.isHttp());
    if (state == State::Head && !whole.host().empty()) {
        require(server.isHttp() && !server.names().empty());
        for (const std::string &name : server.names())
            require(name == whole.host());
    }
    return 0;
}
