#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace boxgate::net {

/// Reads the head of the HTTP/1 request at the beginning of a TCP stream, however it is cut into segments.
///
/// Whether it is HTTP is asked as the most lenient server would: any method, any white space, any case, empty
/// lines before it. What no server takes for a request line is NotHttp at its first wrong byte, or at the end
/// of the line. Whom it names is then asked strictly, so that no server reads another name than we do.
///
/// Malformed: white space but one SP between the parts of the request line, a version other than HTTP/1.x, a
/// line folded, white space before a colon, control characters, a CR without LF, no or several Host headers
/// (HTTP/1.0 may have none), a Host that is not the host of the request target, a host that is neither a name
/// nor an address. A line may end with LF alone: that only ever shows more headers.
///
/// Heads without a name: a common method with a path or a URL and no version (HTTP/0.9), and the
/// `PRI * HTTP/2.0` of HTTP/2 without TLS, whose names cannot be read. `GET key` is no HTTP, but Redis.
///
/// Only the first request is read; what follows in the same connection is not. Keeps no bytes: it is shown
/// the stream from its beginning each time, and looks at each byte once.
/// Source   RFC 9112 2 to 5, RFC 9110 7.2
class HttpHeadReader
{
public:
    enum class State
    {
        NeedMore,
        NotHttp, ///< cannot become HTTP any more
        Head,
        Malformed ///< HTTP, without a host to rely on
    };

    /// Looks at what is new. Nothing changes any more once it is not NeedMore.
    /// stream   from offset 0; each call shows at least what the call before did
    State read(std::span<const uint8_t> stream);

    /// When it is Head: lower case, no port, no dot at the end. Empty: it names none, or an address, which is
    /// not a name.
    const std::string &host() const { return m_host; }

private:
    enum class Part
    {
        Begin, ///< empty lines
        Method,
        RequestLine, ///< after the method
        Fields
    };

    State take(char c, std::string_view stream);
    State endLine(std::string_view line);
    State takeRequestLine(std::string_view line);
    State takeField(std::string_view line);
    State end();

    State m_state = State::NeedMore;
    Part m_part = Part::Begin;
    size_t m_scanned = 0; ///< bytes looked at
    size_t m_line = 0; ///< where the line begins that is not over
    bool m_mayLackHost = false; ///< HTTP/1.0
    std::optional<std::string> m_target; ///< the host of the request target
    std::optional<std::string> m_header; ///< of the Host header
    std::string m_host;
};

} // namespace boxgate::net
