#include "core/model/imageref.h"

#include <QRegularExpression>

namespace boxgate {

namespace {

const QString Builtin = QStringLiteral("builtin");
const QString DockerHub = QStringLiteral("docker.io");
const QString Library = QStringLiteral("library/");
const QString Latest = QStringLiteral("latest");
constexpr qsizetype MaxReferenceCharacters = 1024;
constexpr qsizetype MaxRepositoryCharacters = 255;
constexpr int MaxPort = 65535;

/// Whether the part before the first slash is a registry rather than a folder of Docker Hub.
bool isRegistry(const QString &part)
{
    return part == Builtin || part.compare(QLatin1String("localhost"), Qt::CaseInsensitive) == 0
        || part.contains(u'.') || part.contains(u':');
}

/// The slash behind the registry; -1 when text names none.
qsizetype endOfRegistry(const QString &text)
{
    const qsizetype slash = text.indexOf(u'/');
    return slash > 0 && isRegistry(text.left(slash)) ? slash : -1;
}

tl::unexpected<Error> wrong(const QString &text, const QString &why)
{
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not an image name: %2").arg(text.left(100), why));
}

} // namespace

Result<QString> canonicalRegistry(const QString &text)
{
    // A host name or an IPv4 address, or an IPv6 address in brackets; RFC 3986, section 3.2.2.
    static const QRegularExpression pattern(
        QStringLiteral("\\A((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|"
                       "\\[[0-9a-f:.]{2,45}\\])(?::([0-9]{1,5}))?\\z"));
    constexpr qsizetype mostCharacters = 261; // a host name of 255 and a port
    const QString lower = text.left(mostCharacters + 1).toLower();
    const QRegularExpressionMatch match = pattern.match(lower);
    const QString port = match.captured(2);
    if (!match.hasMatch() || lower.size() > mostCharacters
        || (!port.isEmpty() && (port.toInt() < 1 || port.toInt() > MaxPort))) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is not a registry: write a host with an optional port").arg(text.left(100)));
    }
    for (const char *alias : {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}) {
        if (lower == QLatin1String(alias))
            return DockerHub;
    }
    return lower;
}

bool ImageRef::namesRegistry(const QString &text) { return endOfRegistry(text) > 0; }

Result<ImageRef> ImageRef::parse(const QString &text)
{
    static const QRegularExpression repositoryPattern(QStringLiteral(
        "\\A[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\\z"));
    static const QRegularExpression tagPattern(QStringLiteral("\\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\\z"));
    static const QRegularExpression digestPattern(QStringLiteral("\\Asha256:[0-9a-f]{64}\\z"));

    if (text.isEmpty())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("No image is given: name one, such as builtin/busybox"));
    if (text.size() > MaxReferenceCharacters)
        return wrong(text, QStringLiteral("it is longer than %1 characters").arg(MaxReferenceCharacters));

    ImageRef ref;
    QString rest = text;
    if (const qsizetype at = rest.indexOf(u'@'); at >= 0) {
        ref.digest = rest.mid(at + 1);
        rest.truncate(at);
        if (!digestPattern.match(ref.digest).hasMatch())
            return wrong(text, QStringLiteral("the digest must be sha256: and 64 hexadecimal digits"));
    }
    ref.registry = DockerHub;
    if (const qsizetype slash = endOfRegistry(rest); slash > 0) {
        const Result<QString> registry = canonicalRegistry(rest.left(slash));
        if (!registry)
            return wrong(text, registry.error().message);
        ref.registry = *registry;
        rest.remove(0, slash + 1);
    }
    if (const qsizetype colon = rest.lastIndexOf(u':'); colon > rest.lastIndexOf(u'/')) {
        ref.tag = rest.mid(colon + 1);
        rest.truncate(colon);
        if (!tagPattern.match(ref.tag).hasMatch())
            return wrong(text, QStringLiteral("the tag may hold letters, digits, '_', '.' and '-'"));
    }
    if (ref.tag.isEmpty() && ref.digest.isEmpty())
        ref.tag = Latest;
    if (ref.registry == DockerHub && !rest.contains(u'/'))
        rest.prepend(Library);
    ref.repository = rest;
    if (rest.size() > MaxRepositoryCharacters)
        return wrong(text,
                     QStringLiteral("its path is longer than %1 characters").arg(MaxRepositoryCharacters));
    if (!repositoryPattern.match(ref.repository).hasMatch())
        return wrong(
            text, QStringLiteral("use lower-case letters, digits and single '.', '_' or '-' between them"));
    return ref;
}

QString ImageRef::toString() const
{
    QString text = repository;
    const bool isOfLibrary =
        registry == DockerHub && text.startsWith(Library) && text.lastIndexOf(u'/') == Library.size() - 1;
    if (isOfLibrary)
        text.remove(0, Library.size());
    else if (registry != DockerHub || endOfRegistry(text) > 0)
        text.prepend(registry + QLatin1Char('/'));
    if (!tag.isEmpty() && !(isBuiltin() && tag == Latest))
        text += QLatin1Char(':') + tag;
    if (!digest.isEmpty())
        text += QLatin1Char('@') + digest;
    return text;
}

} // namespace boxgate
