#include "core/model/imageref.h"

#include <QRegularExpression>

namespace boxgate {

namespace {

const QString Builtin = QStringLiteral("builtin");
const QString DockerHub = QStringLiteral("docker.io");
const QString Library = QStringLiteral("library/");
const QString Latest = QStringLiteral("latest");
constexpr qsizetype MaxReferenceCharacters = 512;

bool isRegistry(const QString &part)
{
    return part == Builtin || part == QLatin1String("localhost") || part.contains(u'.')
        || part.contains(u':');
}

tl::unexpected<Error> wrong(const QString &text, const QString &why)
{
    return fail(ErrorCode::InvalidArgument,
                QStringLiteral("'%1' is not an image name: %2").arg(text.left(100), why));
}

} // namespace

Result<ImageRef> ImageRef::parse(const QString &text)
{
    static const QRegularExpression repositoryPattern(QStringLiteral(
        "\\A[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\\z"));
    static const QRegularExpression registryPattern(
        QStringLiteral("\\A[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?\\z"));
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
    if (const qsizetype slash = rest.indexOf(u'/'); slash > 0 && isRegistry(rest.left(slash))) {
        ref.registry = rest.left(slash);
        rest.remove(0, slash + 1);
    } else {
        ref.registry = DockerHub;
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
    if (!registryPattern.match(ref.registry).hasMatch())
        return wrong(text, QStringLiteral("'%1' is not a registry").arg(ref.registry));
    if (!repositoryPattern.match(ref.repository).hasMatch())
        return wrong(
            text, QStringLiteral("use lower-case letters, digits and single '.', '_' or '-' between them"));
    return ref;
}

QString ImageRef::toString() const
{
    QString text;
    if (registry == DockerHub)
        text = repository.startsWith(Library) ? repository.mid(Library.size()) : repository;
    else
        text = registry + QLatin1Char('/') + repository;
    if (!tag.isEmpty() && !(isBuiltin() && tag == Latest))
        text += QLatin1Char(':') + tag;
    if (!digest.isEmpty())
        text += QLatin1Char('@') + digest;
    return text;
}

} // namespace boxgate
