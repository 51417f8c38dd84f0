#pragma once

#include "core/base/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariantList>

#include <functional>
#include <memory>

namespace boxgate {

/// One connection to the SQLite file: opening, migrating, transactions, and the one place where SQLite's
/// errors become ours.
///
/// Thread: the one that opened it. WAL lets readers and one writer work at once; synchronous=FULL makes a
/// commit durable.
class Database
{
public:
    /// See BoxStore::open().
    /// scripts   the migrations; a parameter so that tests can have others
    static Result<std::unique_ptr<Database>> open(const QString &file, const QStringList &scripts);
    ~Database();

    /// Runs one statement. The query is positioned before its first row.
    Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {}) const;

    /// Runs work within a transaction that holds the write lock from its begin; rolls back when work fails.
    Result<void> inTransaction(const std::function<Result<void>()> &work) const;

    /// The single number that a statement such as a PRAGMA yields.
    Result<qint64> number(const QString &sql) const;

private:
    Database(const QString &file, const QString &connection);

    Result<void> prepare(const QStringList &scripts) const;
    Result<void> migrate(const QStringList &scripts) const;
    Result<void> enableWal() const;
    tl::unexpected<Error> failure(const QSqlError &error) const;

    const QString m_file;
    const QString m_connection;
};

} // namespace boxgate
