#include "net/inspect/httphead.h"

#include "net/inspect/hostname.h"

#include <algorithm>
#include <array>

namespace boxgate::net {

namespace {

using State = HttpHeadReader::State;

constexpr std::string_view WhiteSpace = " \t\v\f\r"; ///< between words, for lenient servers: RFC 9112 3
constexpr std::string_view Blanks = " \t";
constexpr size_t LongestPort = 5;

bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isLetter(char c) { return isUpper(c) || (c >= 'a' && c <= 'z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isControl(char c) { return (c >= 0 && c < ' ') || c == 0x7f; }
bool isWhiteSpace(char c) { return WhiteSpace.find(c) != std::string_view::npos; }
/// RFC 9110 5.6.2
bool isTokenCharacter(char c)
{
    constexpr std::string_view Marks = "!#$%&'*+-.^_`|~";
    return isLetter(c) || isDigit(c) || Marks.find(c) != std::string_view::npos;
}

bool isToken(std::string_view text) { return !text.empty() && std::ranges::all_of(text, isTokenCharacter); }

/// lower   in lower case
bool equalsIgnoringCase(std::string_view text, std::string_view lower)
{
    return std::ranges::equal(text, lower, {}, [](char c) { return isUpper(c) ? char(c - 'A' + 'a') : c; });
}

std::string_view trimmed(std::string_view text, std::string_view characters)
{
    const size_t begin = std::min(text.find_first_not_of(characters), text.size());
    return text.substr(begin, text.find_last_not_of(characters) + 1 - begin);
}

/// Takes the first word and the white space before it off the text.
std::string_view takeWord(std::string_view &text)
{
    text.remove_prefix(std::min(text.find_first_not_of(WhiteSpace), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(WhiteSpace));
    text.remove_prefix(word.size());
    return word;
}

/// Whether a line without a version is a request all the same: nginx and Apache take HTTP/0.9, and Apache can
/// be told to take any third word for HTTP/1.0.
bool isRequestWithoutVersion(std::string_view line)
{
    constexpr std::array<std::string_view, 6> Methods{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"};
    const std::string_view method = takeWord(line);
    const std::string_view target = takeWord(line);
    return std::ranges::find(Methods, method) != Methods.end()
        && (target.starts_with('/') || target.find("://") != std::string_view::npos);
}

/// Whether the most lenient server finds a version in the line.
bool hasVersion(std::string_view line)
{
    takeWord(line);
    for (std::string_view word = takeWord(line); !word.empty(); word = takeWord(line)) {
        if (equalsIgnoringCase(word.substr(0, 5), "http/"))
            return true;
    }
    return false;
}

/// RFC 3986 3.1
bool isScheme(std::string_view text)
{
    return !text.empty() && isLetter(text.front()) && std::ranges::all_of(text, [](char c) {
        return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
    });
}

bool isPort(std::string_view text)
{
    return text.size() <= LongestPort && std::ranges::all_of(text, isDigit);
}

/// The host of `host [":" port]`. RFC 3986 3.2; without user information, which no request has.
/// Returns  empty for an address, nullopt when it is malformed
std::optional<std::string> readAuthority(std::string_view text)
{
    if (text.starts_with('[')) {
        const std::string_view literal = text.substr(1, text.find(']') - 1);
        const std::string_view rest = text.substr(std::min(literal.size() + 2, text.size()));
        const bool isAddress = !literal.empty() && literal.size() + 2 <= text.size()
            && literal.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
        const bool isClean = rest.empty() || (rest.front() == ':' && isPort(rest.substr(1)));
        return isAddress && isClean ? std::optional<std::string>(std::in_place) : std::nullopt;
    }
    const size_t colon = std::min(text.find(':'), text.size());
    if (colon < text.size() && !isPort(text.substr(colon + 1)))
        return std::nullopt;
    return readHostName(text.substr(0, colon));
}

} // namespace

State HttpHeadReader::read(std::span<const uint8_t> stream)
{
    const std::string_view text(reinterpret_cast<const char *>(stream.data()), stream.size());
    while (m_state == State::NeedMore && m_scanned < stream.size()) {
        if (m_part == Part::Fields)
            m_scanned = std::min(text.find('\n', m_scanned), text.size() - 1);
        m_state = take(text[m_scanned], text);
        ++m_scanned;
    }
    return m_state;
}

State HttpHeadReader::take(char c, std::string_view stream)
{
    if (m_part == Part::Begin) {
        if (c == '\r' || c == '\n')
            m_line = m_scanned + 1;
        if (isWhiteSpace(c) || c == '\n')
            return State::NeedMore;
        m_part = Part::Method;
    }
    if (c == '\n') {
        std::string_view line = stream.substr(m_line, m_scanned - m_line);
        m_line = m_scanned + 1;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        return endLine(line);
    }
    if (m_part == Part::Method && !isTokenCharacter(c)) {
        if (!isWhiteSpace(c))
            return State::NotHttp;
        m_part = Part::RequestLine;
    }
    if (m_part == Part::RequestLine && isControl(c) && !isWhiteSpace(c)) {
        // no server is known to go on, but some may; git has a NUL in its first line, after digits and
        // letters
        std::string_view line = stream.substr(m_line, m_scanned - m_line);
        const bool isMethod =
            std::ranges::all_of(takeWord(line), [](char m) { return isUpper(m) || m == '-' || m == '_'; });
        return isMethod ? State::Malformed : State::NotHttp;
    }
    return State::NeedMore;
}

State HttpHeadReader::endLine(std::string_view line)
{
    if (m_part == Part::Fields)
        return line.empty() ? end() : takeField(line);
    m_part = Part::Fields;
    if (hasVersion(line))
        return takeRequestLine(line);
    return isRequestWithoutVersion(line) ? State::Head : State::NotHttp;
}

State HttpHeadReader::takeRequestLine(std::string_view line)
{
    if (line == "PRI * HTTP/2.0") // RFC 9113 3.4
        return State::Head;
    const size_t first = line.find(' ');
    const size_t last = line.rfind(' ');
    if (first == last)
        return State::Malformed;
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    const bool isVersion1 = version.size() == 8 && version.starts_with("HTTP/1.") && isDigit(version[7]);
    if (!isVersion1 || !isToken(method) || target.find(' ') != std::string_view::npos
        || std::ranges::any_of(target, isControl))
        return State::Malformed;
    m_mayLackHost = version.ends_with('0');
    if (target.starts_with('/') || target == "*")
        return State::NeedMore;
    const size_t scheme = target.find("://");
    if (scheme != std::string_view::npos && isScheme(target.substr(0, scheme))) {
        const std::string_view rest = target.substr(scheme + 3);
        m_target = readAuthority(rest.substr(0, rest.find_first_of("/?#")));
    } else if (method == "CONNECT") {
        m_target = readAuthority(target);
    }
    return m_target ? State::NeedMore : State::Malformed;
}

State HttpHeadReader::takeField(std::string_view line)
{
    const size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    const bool isClean = std::ranges::none_of(line, [](char c) { return isControl(c) && c != '\t'; });
    if (colon == std::string_view::npos || !isToken(name) || !isClean)
        return State::Malformed;
    if (!equalsIgnoringCase(name, "host"))
        return State::NeedMore;
    if (m_header)
        return State::Malformed;
    const std::string_view value = trimmed(line.substr(colon + 1), Blanks);
    m_header = value.empty() ? std::string() : readAuthority(value);
    return m_header ? State::NeedMore : State::Malformed;
}

/// The head is over.
State HttpHeadReader::end()
{
    const bool isEnough = m_header || m_mayLackHost;
    const bool isOne = !m_header || !m_target || *m_header == *m_target;
    if (!isEnough || !isOne)
        return State::Malformed;
    m_host = m_header ? *m_header : m_target.value_or(std::string());
    return State::Head;
}

} // namespace boxgate::net
