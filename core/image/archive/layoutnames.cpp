#include "core/image/archive/layoutnames.h"

#include "core/image/looseobject.h"

#include <QStringList>

#include <algorithm>

namespace boxgate {

namespace {

const QString ContainerdName = QStringLiteral("io.containerd.image.name");

/// Entries of the same name: one image for several platforms.
struct Group
{
    QString name; ///< "alpine:3.20", "3.20" or empty
    ImageIndex entries;
};

Result<QList<Group>> groupsOf(const QByteArray &indexJson)
{
    const QString what = QStringLiteral("index");
    const auto document = LooseObject::parse(indexJson, ImageIndex::MaxJsonBytes, what);
    BOXGATE_TRY(document);
    LooseObject top(*document, what);
    const QJsonArray entries = top.array(QStringLiteral("manifests"));
    const Result<void> read = top.finish();
    BOXGATE_TRY(read);
    if (entries.size() > ImageIndex::MaxManifests)
        return fail(ErrorCode::Corrupt, QStringLiteral("The image's index lists too many manifests"));
    QList<Group> groups;
    for (const QJsonValue &entry : entries) {
        const auto descriptor = BlobDescriptor::fromJson(entry.toObject(), what);
        BOXGATE_TRY(descriptor);
        LooseObject annotations(entry[QStringLiteral("annotations")].toObject(), what);
        QString name = annotations.string(ContainerdName);
        if (name.isEmpty())
            name = descriptor->tag;
        const auto same = std::find_if(groups.begin(), groups.end(),
                                       [&](const Group &group) { return group.name == name; });
        if (same == groups.end())
            groups.append({name, {{*descriptor}}});
        else
            same->entries.manifests.append(*descriptor);
    }
    return groups;
}

bool isWholeReference(const QString &name) { return name.contains(u'/') || name.contains(u':'); }

bool hasTag(const QString &name) { return name.lastIndexOf(u':') > name.lastIndexOf(u'/'); }

Result<ImageRef> nameOf(const Group &group, qsizetype groups, const QString &wished)
{
    if (!wished.isEmpty() && (groups == 1 || (!hasTag(wished) && !isWholeReference(group.name)))) {
        const bool addsTag = !hasTag(wished) && !group.name.isEmpty() && !isWholeReference(group.name);
        return ImageRef::parse(addsTag ? wished + QLatin1Char(':') + group.name : wished);
    }
    if (!wished.isEmpty()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("%1 images are in it, they cannot all be named %2: leave --name out")
                        .arg(groups)
                        .arg(wished));
    }
    if (!isWholeReference(group.name)) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("It does not say the name of its image: give it one with --name"));
    }
    Result<ImageRef> ref = ImageRef::parse(group.name);
    if (ref && ref->isBuiltin())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("Its image has the name of a builtin one: give it another with --name"));
    return ref;
}

} // namespace

Error noneForArchitecture(const ImageIndex &index, const QString &architecture)
{
    QStringList others;
    for (const BlobDescriptor &entry : index.manifests) {
        if (!entry.architecture.isEmpty() && entry.architecture != u"unknown")
            others.append(entry.architecture.left(20));
    }
    others.removeDuplicates();
    QString message = QStringLiteral("It has no image for this machine, which is %1").arg(architecture);
    if (!others.isEmpty())
        message += QStringLiteral(", only for ") + others.mid(0, 10).join(QStringLiteral(", "));
    return Error{ErrorCode::NotFound, message, {}};
}

Result<QList<LayoutName>> layoutNames(const QByteArray &indexJson, const QString &architecture,
                                      const QString &wished)
{
    const auto groups = groupsOf(indexJson);
    BOXGATE_TRY(groups);
    if (groups->isEmpty())
        return fail(ErrorCode::NotFound, QStringLiteral("There is no image in it"));
    QList<LayoutName> names;
    for (const Group &group : *groups) {
        const BlobDescriptor *found = group.entries.find(architecture, {});
        if (!found)
            return fail(noneForArchitecture(group.entries, architecture));
        const Result<ImageRef> ref = nameOf(group, groups->size(), wished);
        BOXGATE_TRY(ref);
        names.append({*ref, *found});
    }
    return names;
}

} // namespace boxgate
