#include "core/image/registry/authchallenge.h"

#include <cstring>
#include <optional>

namespace boxgate {

namespace {

/// RFC 9110, section 5.6.2.
bool isTokenCharacter(char c)
{
    const bool isAlphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return isAlphanumeric || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

class ChallengeReader
{
public:
    explicit ChallengeReader(const QByteArray &text)
        : m_text(text)
    { }

    bool isAtEnd() const { return m_at >= m_text.size(); }
    char here() const { return isAtEnd() ? '\0' : m_text[m_at]; }
    qsizetype position() const { return m_at; }
    void goTo(qsizetype position) { m_at = position; }

    void skipBlanks()
    {
        while (here() == ' ' || here() == '\t')
            ++m_at;
    }
    void skipSeparators()
    {
        // Qt joins repeated headers with a comma or a line feed.
        while (here() == ' ' || here() == '\t' || here() == ',' || here() == '\n')
            ++m_at;
    }
    bool take(char wanted)
    {
        if (isAtEnd() || here() != wanted)
            return false;
        ++m_at;
        return true;
    }

    QByteArray token()
    {
        const qsizetype begin = m_at;
        while (!isAtEnd() && isTokenCharacter(here()))
            ++m_at;
        return m_text.mid(begin, m_at - begin);
    }

    /// A token, or a string in quotes with its backslashes taken away; nullopt when neither is there.
    std::optional<QByteArray> value()
    {
        if (!take('"')) {
            const QByteArray word = token();
            return word.isEmpty() ? std::nullopt : std::optional(word);
        }
        QByteArray unquoted;
        while (!isAtEnd()) {
            const char c = m_text[m_at++];
            if (c == '"')
                return unquoted;
            if (c == '\\' && !isAtEnd())
                unquoted.append(m_text[m_at++]);
            else
                unquoted.append(c);
        }
        return std::nullopt;
    }

private:
    const QByteArray m_text;
    qsizetype m_at = 0;
};

/// Parameters up to the next challenge. Returns false when what follows is neither.
bool readParameters(ChallengeReader &reader, AuthChallenge &challenge)
{
    for (;;) {
        reader.skipSeparators();
        if (reader.isAtEnd())
            return true;
        const qsizetype before = reader.position();
        const QByteArray name = reader.token();
        if (name.isEmpty())
            return false;
        reader.skipBlanks();
        if (!reader.take('=')) {
            reader.goTo(before); // the next challenge's scheme
            return true;
        }
        reader.skipBlanks();
        const std::optional<QByteArray> value = reader.value();
        if (!value || challenge.parameters.size() >= AuthChallenge::MaxParameters)
            return false;
        challenge.parameters.insert(QString::fromLatin1(name).toLower(), QString::fromUtf8(*value));
    }
}

} // namespace

QList<AuthChallenge> parseAuthChallenges(const QByteArray &header)
{
    QList<AuthChallenge> challenges;
    if (header.size() > AuthChallenge::MaxHeaderBytes)
        return challenges;
    ChallengeReader reader(header);
    while (challenges.size() < AuthChallenge::MaxChallenges) {
        reader.skipSeparators();
        const QByteArray scheme = reader.token();
        if (scheme.isEmpty())
            break;
        AuthChallenge challenge;
        challenge.scheme = QString::fromLatin1(scheme).toLower();
        const bool isWhole = readParameters(reader, challenge);
        challenges.append(challenge);
        if (!isWhole)
            break;
    }
    return challenges;
}

} // namespace boxgate
