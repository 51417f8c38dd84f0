#include "app/cli/copyplan.h"

namespace boxgate::cli {

namespace {

struct End
{
    QString box; ///< empty: this host
    QString path;
};

End readEnd(const QString &text)
{
    const qsizetype colon = text.indexOf(u':');
    const qsizetype slash = text.indexOf(u'/');
    const bool isInBox = colon > 0 && (slash < 0 || slash > colon) && !text.startsWith(u'.');
    return isInBox ? End{text.left(colon), text.mid(colon + 1)} : End{{}, text};
}

/// The last name of a path; empty when the path means a folder's contents: "x/.", "/".
QString treeName(const QString &path)
{
    const QStringList names = path.split(u'/', Qt::SkipEmptyParts);
    if (names.isEmpty() || names.last() == QLatin1String(".") || names.last() == QLatin1String(".."))
        return {};
    return names.last();
}

bool isStandardStream(const End &end) { return end.box.isEmpty() && end.path == QLatin1String("-"); }

} // namespace

Result<CopyPlan> planCopy(const QString &source, const QString &destination, const CopyWishes &wishes)
{
    const End from = readEnd(source);
    const End to = readEnd(destination);
    if (from.box.isEmpty() == to.box.isEmpty()) {
        const QString what = from.box.isEmpty()
            ? QStringLiteral("Neither '%1' nor '%2' is in a box: write BOX:PATH for one of them")
            : QStringLiteral("'%1' and '%2' are both in boxes: copy to this host first");
        return fail(ErrorCode::InvalidArgument, what.arg(source.left(200), destination.left(200)));
    }
    if (from.path.isEmpty() || to.path.isEmpty())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("A path is missing: write BOX:PATH, such as web:/srv"));
    CopyPlan plan;
    const bool isIn = !to.box.isEmpty();
    plan.box = isIn ? to.box : from.box;
    plan.params.direction = isIn ? CopyParams::Direction::In : CopyParams::Direction::Out;
    plan.params.path = isIn ? to.path : from.path;
    const bool isTar = isStandardStream(isIn ? from : to);
    plan.host.kind = isTar ? CopyHost::Kind::Tar : CopyHost::Kind::Files;
    plan.host.path = isIn ? from.path : to.path;
    if (isIn) {
        plan.params.name = isTar ? QString() : treeName(from.path);
        plan.params.keepOwners = isTar || wishes.keepOwners;
        plan.host.followLink = wishes.followLink;
    } else {
        plan.host.name = treeName(from.path);
        plan.host.keepOwners = wishes.keepOwners;
        plan.params.followLink = wishes.followLink;
    }
    return plan;
}

} // namespace boxgate::cli
