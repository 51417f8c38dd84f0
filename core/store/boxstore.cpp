#include "core/store/boxstore.h"

#include "core/model/boxname.h"
#include "core/store/database.h"
#include "core/store/migrations.h"

#include <QJsonDocument>
#include <QLoggingCategory>

#include <algorithm>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(log, "boxgate.store")

const QString Columns = QStringLiteral("SELECT id, name, spec, created_at, revision FROM boxes ");
/// More than this many ids that begin alike are not listed.
constexpr qsizetype MaxListed = 10;

QString toText(const BoxSpec &spec)
{
    return QString::fromUtf8(QJsonDocument(spec.toJson()).toJson(QJsonDocument::Compact));
}

tl::unexpected<Error> noSuchBox(const QString &what)
{
    return fail(ErrorCode::NotFound,
                QStringLiteral("There is no box %1: 'boxgate ps -a' lists the boxes").arg(what));
}

tl::unexpected<Error> nameTaken(const QString &name)
{
    return fail(ErrorCode::AlreadyExists,
                QStringLiteral(
                    "There is already a box named %1: choose another name or remove it with 'boxgate rm %1'")
                    .arg(name));
}

Result<StoredBox> toBox(const QSqlQuery &row)
{
    const QString name = row.value(1).toString();
    const auto damaged = [&name](const QString &why) {
        return fail(ErrorCode::Corrupt,
                    QStringLiteral(
                        "The stored specification of the box %1 is damaged: remove the box and make it again")
                        .arg(name),
                    why);
    };
    const Result<BoxId> id = BoxId::parse(row.value(0).toString());
    if (!id)
        return damaged(id.error().message);
    const Result<BoxSpec> spec =
        BoxSpec::fromJson(QJsonDocument::fromJson(row.value(2).toString().toUtf8()).object());
    if (!spec)
        return damaged(spec.error().message);
    StoredBox box{*id, *spec, QDateTime::fromMSecsSinceEpoch(row.value(3).toLongLong(), Qt::UTC),
                  row.value(4).toLongLong()};
    box.spec.name = name;
    return box;
}

bool isIdPrefix(const QString &text)
{
    static const QString digits = QStringLiteral("0123456789abcdef");
    return !text.isEmpty() && text.size() <= 12
        && std::all_of(text.begin(), text.end(), [](QChar c) { return digits.contains(c); });
}

} // namespace

BoxStore::BoxStore(std::unique_ptr<Database> database)
    : m_database(std::move(database))
{ }

BoxStore::~BoxStore() = default;

Result<std::unique_ptr<BoxStore>> BoxStore::open(const QString &file)
{
    Result<std::unique_ptr<Database>> database = Database::open(file, migrations());
    BOXGATE_TRY(database);
    return std::unique_ptr<BoxStore>(new BoxStore(std::move(*database)));
}

Result<void> BoxStore::insert(const BoxId &id, const BoxSpec &spec, const QDateTime &createdAt)
{
    const Result<QString> name = checkBoxName(spec.name);
    BOXGATE_TRY(name);
    const auto inserted = m_database->run(
        QStringLiteral("INSERT INTO boxes (id, name, spec, created_at, revision) VALUES (?, ?, ?, ?, 1)"),
        {id.toString(), spec.name, toText(spec), createdAt.toMSecsSinceEpoch()});
    if (!inserted && inserted.error().code == ErrorCode::AlreadyExists)
        return nameTaken(spec.name);
    BOXGATE_TRY(inserted);
    m_wrote = true;
    return {};
}

Result<qint64> BoxStore::update(const BoxId &id, const BoxSpec &spec, qint64 revision)
{
    const Result<QString> name = checkBoxName(spec.name);
    BOXGATE_TRY(name);
    const auto updated = m_database->run(
        QStringLiteral(
            "UPDATE boxes SET name = ?, spec = ?, revision = revision + 1 WHERE id = ? AND revision = ?"),
        {spec.name, toText(spec), id.toString(), revision});
    if (!updated && updated.error().code == ErrorCode::AlreadyExists)
        return nameTaken(spec.name);
    BOXGATE_TRY(updated);
    if (updated->numRowsAffected() != 1) {
        const Result<StoredBox> present = find(id);
        BOXGATE_TRY(present);
        return fail(ErrorCode::Conflict,
                    QStringLiteral(
                        "The box %1 was changed by another program in the meantime: look at it and try again")
                        .arg(present->spec.name));
    }
    m_wrote = true;
    return revision + 1;
}

Result<StoredBox> BoxStore::edit(const BoxId &id, const std::function<Result<void>(BoxSpec &)> &change)
{
    Result<StoredBox> box = noSuchBox(id.toString());
    const Result<void> done = m_database->inTransaction([&]() -> Result<void> {
        box = find(id);
        BOXGATE_TRY(box);
        BoxSpec spec = box->spec;
        const Result<void> changed = change(spec);
        BOXGATE_TRY(changed);
        if (spec == box->spec)
            return {};
        const Result<qint64> revision = update(id, spec, box->revision);
        BOXGATE_TRY(revision);
        box->spec = spec;
        box->revision = *revision;
        return {};
    });
    BOXGATE_TRY(done);
    return box;
}

Result<void> BoxStore::rename(const BoxId &id, const QString &name)
{
    const Result<StoredBox> renamed = edit(id, [&name](BoxSpec &spec) -> Result<void> {
        spec.name = name;
        return {};
    });
    BOXGATE_TRY(renamed);
    return {};
}

Result<void> BoxStore::remove(const BoxId &id)
{
    const auto removed = m_database->run(QStringLiteral("DELETE FROM boxes WHERE id = ?"), {id.toString()});
    BOXGATE_TRY(removed);
    if (removed->numRowsAffected() != 1)
        return noSuchBox(id.toString());
    m_wrote = true;
    return {};
}

Result<QList<StoredBox>> BoxStore::all()
{
    auto rows = m_database->run(Columns + QStringLiteral("ORDER BY created_at, id"));
    BOXGATE_TRY(rows);
    QList<StoredBox> boxes;
    while (rows->next()) {
        const Result<StoredBox> box = toBox(*rows);
        if (box)
            boxes.append(*box);
        else
            qCWarning(log) << box.error();
    }
    return boxes;
}

Result<StoredBox> BoxStore::find(const BoxId &id)
{
    auto rows = m_database->run(Columns + QStringLiteral("WHERE id = ?"), {id.toString()});
    BOXGATE_TRY(rows);
    if (!rows->next())
        return noSuchBox(id.toString());
    return toBox(*rows);
}

Result<StoredBox> BoxStore::resolve(const QString &nameOrId)
{
    auto named = m_database->run(Columns + QStringLiteral("WHERE name = ? OR id = ?"), {nameOrId, nameOrId});
    BOXGATE_TRY(named);
    if (named->next())
        return toBox(*named);
    if (!isIdPrefix(nameOrId))
        return noSuchBox(nameOrId.left(80));
    // A range, so that the index is used: "ab" <= id < "ab" and the character after all digits.
    auto rows = m_database->run(Columns + QStringLiteral("WHERE id >= ? AND id < ? ORDER BY id"),
                                {nameOrId, QString(nameOrId + QLatin1Char('g'))});
    BOXGATE_TRY(rows);
    Result<StoredBox> found = noSuchBox(nameOrId);
    QStringList listed;
    while (listed.size() < MaxListed && rows->next()) {
        found = toBox(*rows);
        listed.append(QStringLiteral("%1 (%2)").arg(rows->value(0).toString(), rows->value(1).toString()));
    }
    if (listed.size() > 1) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("Several boxes have an id that begins with %1: %2")
                        .arg(nameOrId, listed.join(QStringLiteral(", "))));
    }
    return found;
}

Result<bool> BoxStore::changed()
{
    // data_version moves with other connections' commits only.
    const Result<qint64> version = m_database->number(QStringLiteral("PRAGMA data_version"));
    BOXGATE_TRY(version);
    const bool isNew = m_wrote || *version != m_seenVersion;
    m_wrote = false;
    m_seenVersion = *version;
    return isNew;
}

Result<std::optional<QString>> BoxStore::setting(const QString &key)
{
    auto rows = m_database->run(QStringLiteral("SELECT value FROM settings WHERE key = ?"), {key});
    BOXGATE_TRY(rows);
    if (!rows->next())
        return std::optional<QString>();
    return std::optional<QString>(rows->value(0).toString());
}

Result<void> BoxStore::setSetting(const QString &key, const std::optional<QString> &value)
{
    const QString store = QStringLiteral("INSERT INTO settings (key, value) VALUES (?, ?) "
                                         "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    const auto done = value ? m_database->run(store, {key, value->isNull() ? QLatin1String("") : *value})
                            : m_database->run(QStringLiteral("DELETE FROM settings WHERE key = ?"), {key});
    BOXGATE_TRY(done);
    m_wrote = true;
    return {};
}

} // namespace boxgate
