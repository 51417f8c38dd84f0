#include "core/store/database.h"

#include "core/store/migrations.h"

#include <QDeadlineTimer>
#include <QFileInfo>
#include <QSqlError>
#include <QStorageInfo>
#include <QThread>

#include <atomic>

namespace boxgate {

namespace {

/// How long a statement waits for another client's transaction, in milliseconds. Ours take a few.
constexpr int BusyTimeoutMs = 5000;
constexpr int BusyPollMs = 10;

/// Primary result codes, sqlite.org/rescode.html. The extended ones have more in the higher bits.
enum SqliteCode
{
    SqlitePerm = 3,
    SqliteBusy = 5,
    SqliteLocked = 6,
    SqliteReadonly = 8,
    SqliteIoErr = 10,
    SqliteCorrupt = 11,
    SqliteFull = 13,
    SqliteCantOpen = 14,
    SqliteConstraint = 19,
    SqliteNotADatabase = 26
};

int primaryCode(const QSqlError &error) { return error.nativeErrorCode().toInt() & 0xFF; }

/// A full disk shows as a failed extension of the shared memory file (SQLITE_IOERR_SHMSIZE) too, which is
/// 32 KiB.
bool isDiskFull(const QString &file)
{
    const QStorageInfo disk(QFileInfo(file).path());
    return disk.isValid() && disk.bytesAvailable() < 64 * 1024;
}

QString nextConnectionName()
{
    static std::atomic<quint64> next{0};
    return QStringLiteral("boxgate-%1").arg(next.fetch_add(1));
}

} // namespace

QStringList statementsOf(const QString &script)
{
    QStringList statements;
    QString present;
    bool quoted = false;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar c = script[i];
        if (!quoted && c == u'-' && i + 1 < script.size() && script[i + 1] == u'-') {
            const qsizetype end = script.indexOf(u'\n', i);
            i = end < 0 ? script.size() : end;
            present += u'\n';
        } else if (!quoted && c == u';') {
            statements.append(present.trimmed());
            present.clear();
        } else {
            quoted = quoted != (c == u'\'');
            present += c;
        }
    }
    statements.append(present.trimmed());
    statements.removeAll(QString());
    return statements;
}

Database::Database(const QString &file, const QString &connection)
    : m_file(file)
    , m_connection(connection)
{ }

Database::~Database() { QSqlDatabase::removeDatabase(m_connection); }

Result<std::unique_ptr<Database>> Database::open(const QString &file, const QStringList &scripts)
{
    const QString name = nextConnectionName();
    std::unique_ptr<Database> database(new Database(file, name));
    {
        QSqlDatabase connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        if (!connection.isValid()) {
            return fail(
                ErrorCode::Unavailable,
                QStringLiteral("Qt's SQLite driver is missing: install the package libqt6sql6-sqlite"));
        }
        connection.setDatabaseName(file);
        connection.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(BusyTimeoutMs));
        if (!connection.open())
            return database->failure(connection.lastError());
    }
    const Result<void> prepared = database->prepare(scripts);
    BOXGATE_TRY(prepared);
    return database;
}

tl::unexpected<Error> Database::failure(const QSqlError &error) const
{
    const QString detail = QStringLiteral("SQLite %1: %2").arg(error.nativeErrorCode(), error.text());
    const auto full = [&] {
        return fail(ErrorCode::DiskFull,
                    QStringLiteral("Cannot use the database %1: no space is left on its disk").arg(m_file),
                    detail);
    };
    if (primaryCode(error) == SqliteIoErr && isDiskFull(m_file))
        return full();
    switch (primaryCode(error)) {
    case SqliteBusy:
    case SqliteLocked:
        return fail(ErrorCode::Timeout,
                    QStringLiteral("The database %1 is in use by another program: try again").arg(m_file),
                    detail);
    case SqliteCorrupt:
    case SqliteNotADatabase:
        return fail(
            ErrorCode::Corrupt,
            QStringLiteral(
                "The database %1 is damaged and was left as it is: restore it from a backup, or move it away "
                "to begin with no boxes")
                .arg(m_file),
            detail);
    case SqliteFull:
        return full();
    case SqlitePerm:
    case SqliteReadonly:
        return fail(
            ErrorCode::Denied,
            QStringLiteral("The database %1 is not writable: change its permissions or choose another --home")
                .arg(m_file),
            detail);
    case SqliteCantOpen:
        return fail(ErrorCode::Denied,
                    QStringLiteral("Cannot open the database %1: change the permissions of its directory or "
                                   "choose another --home")
                        .arg(m_file),
                    detail);
    case SqliteConstraint:
        return fail(ErrorCode::AlreadyExists, QStringLiteral("The database already holds such an entry"),
                    detail);
    default:
        return fail(ErrorCode::Io,
                    QStringLiteral("Cannot use the database %1: %2").arg(m_file, error.databaseText()),
                    detail);
    }
}

Result<QSqlQuery> Database::run(const QString &sql, const QVariantList &values) const
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return failure(query.lastError());
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failure(query.lastError());
    return query;
}

Result<qint64> Database::number(const QString &sql) const
{
    Result<QSqlQuery> query = run(sql);
    BOXGATE_TRY(query);
    if (!query->next())
        return failure(query->lastError());
    return query->value(0).toLongLong();
}

Result<void> Database::inTransaction(const std::function<Result<void>()> &work) const
{
    // IMMEDIATE: a transaction that reads first and writes later could otherwise fail half way.
    const Result<QSqlQuery> begun = run(QStringLiteral("BEGIN IMMEDIATE"));
    BOXGATE_TRY(begun);
    Result<void> worked = work();
    if (worked) {
        const Result<QSqlQuery> committed = run(QStringLiteral("COMMIT"));
        if (committed)
            return {};
        worked = fail(committed.error());
    }
    // SQLite may have rolled back by itself, as with a full disk; then this fails, which changes nothing.
    (void)run(QStringLiteral("ROLLBACK"));
    return worked;
}

/// Two clients that make the database at once both want the exclusive lock that WAL needs once; SQLite does
/// not wait for it.
Result<void> Database::enableWal() const
{
    const QDeadlineTimer deadline(BusyTimeoutMs);
    for (;;) {
        const Result<QSqlQuery> enabled = run(QStringLiteral("PRAGMA journal_mode=WAL"));
        if (enabled)
            return {};
        if (enabled.error().code != ErrorCode::Timeout || deadline.hasExpired())
            return fail(enabled.error());
        QThread::msleep(BusyPollMs);
    }
}

Result<void> Database::prepare(const QStringList &scripts) const
{
    // Before anything is written: a file of another kind or a newer version stays untouched.
    const Result<qint64> version = number(QStringLiteral("PRAGMA user_version"));
    BOXGATE_TRY(version);
    if (*version > scripts.size()) {
        return fail(ErrorCode::NewerVersion,
                    QStringLiteral("The database %1 was written by a newer version of Boxgate: update "
                                   "Boxgate or choose another --home")
                        .arg(m_file),
                    QStringLiteral("schema %1, known up to %2").arg(*version).arg(scripts.size()));
    }
    const Result<void> logged = enableWal();
    BOXGATE_TRY(logged);
    for (const char *pragma : {"PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"}) {
        const Result<QSqlQuery> set = run(QString::fromLatin1(pragma));
        BOXGATE_TRY(set);
    }
    // Reads the whole schema, so that damage there shows now.
    const Result<qint64> tables = number(QStringLiteral("SELECT count(*) FROM sqlite_schema"));
    BOXGATE_TRY(tables);
    if (*version == scripts.size())
        return {};
    return inTransaction([&] { return migrate(scripts); });
}

Result<void> Database::migrate(const QStringList &scripts) const
{
    // Another client may have migrated while this one waited for the lock.
    const Result<qint64> version = number(QStringLiteral("PRAGMA user_version"));
    BOXGATE_TRY(version);
    for (qint64 at = *version; at < scripts.size(); ++at) {
        for (const QString &statement : statementsOf(scripts[at])) {
            const Result<QSqlQuery> done = run(statement);
            BOXGATE_TRY(done);
        }
    }
    if (*version > scripts.size())
        return fail(
            ErrorCode::NewerVersion,
            QStringLiteral("The database %1 was just updated by a newer version of Boxgate").arg(m_file));
    const Result<QSqlQuery> marked = run(QStringLiteral("PRAGMA user_version=%1").arg(scripts.size()));
    BOXGATE_TRY(marked);
    return {};
}

} // namespace boxgate
