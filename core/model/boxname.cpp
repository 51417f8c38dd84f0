#include "core/model/boxname.h"

#include <QRandomGenerator>
#include <QRegularExpression>
#include <QStringList>

#include <array>

namespace boxgate {

namespace {

constexpr std::array Adjectives{"amber",  "bold",   "brisk", "calm",   "clear", "crisp",  "deft",   "eager",
                                "fair",   "gentle", "keen",  "lively", "lucid", "mellow", "merry",  "neat",
                                "nimble", "plain",  "quick", "quiet",  "ready", "sharp",  "silent", "sly",
                                "solid",  "steady", "stout", "sunny",  "swift", "tidy",   "vivid",  "warm"};
constexpr std::array Nouns{"badger", "beaver", "bison",  "crane", "dingo", "falcon", "ferret",  "finch",
                           "fox",    "gecko",  "hare",   "heron", "ibex",  "jackal", "kestrel", "koala",
                           "lemur",  "lynx",   "marten", "mole",  "moose", "newt",   "ocelot",  "otter",
                           "owl",    "panda",  "quail",  "raven", "seal",  "stoat",  "tapir",   "wren"};

} // namespace

Result<QString> checkBoxName(const QString &name)
{
    static const QRegularExpression pattern(QStringLiteral("\\A[a-z0-9][a-z0-9_.-]{0,62}\\z"));
    static const QRegularExpression idPattern(QStringLiteral("\\A[0-9a-f]{12}\\z"));
    if (!pattern.match(name).hasMatch()) {
        return fail(
            ErrorCode::InvalidArgument,
            QStringLiteral("'%1' is not a box name: use 1 to 63 lower-case letters, digits, '-', '_' or '.', "
                           "starting with a letter or digit")
                .arg(name.left(80)));
    }
    if (idPattern.match(name).hasMatch())
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("'%1' looks like a box id: choose another name").arg(name));
    return name;
}

QString suggestBoxName(const QStringList &taken)
{
    QRandomGenerator *random = QRandomGenerator::global();
    for (int attempt = 0;; ++attempt) {
        QString name = QLatin1String(Adjectives[random->bounded(quint32(Adjectives.size()))])
            + QLatin1Char('-') + QLatin1String(Nouns[random->bounded(quint32(Nouns.size()))]);
        if (attempt >= 8)
            name += QLatin1Char('-') + QString::number(random->bounded(100000));
        if (!taken.contains(name))
            return name;
    }
}

} // namespace boxgate
