#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QSet>
#include <QStringList>

#include <optional>

namespace boxgate {

/// Reads the fields of one JSON object strictly: a wrong type, a missing or an unknown field is an error that
/// names the field with its path. Collects the first error; call finish() at the end.
///
///     JsonReader reader(object, "network");
///     spec.mtu = reader.integer("mtu", 576, 65520).value_or(1500);
///     BOXGATE_TRY(reader.finish());
class JsonReader
{
public:
    /// where   the object's own path, for messages; may be empty
    explicit JsonReader(const QJsonObject &object, const QString &where = {});

    bool has(const QString &key) const { return m_object.contains(key); }

    // Each returns nullopt when the field is absent or null, or when it is wrong (then finish() fails).
    std::optional<QString> string(const QString &key);
    std::optional<qint64> integer(const QString &key, qint64 lowest, qint64 highest);
    std::optional<double> number(const QString &key);
    std::optional<bool> boolean(const QString &key);
    std::optional<QStringList> strings(const QString &key);
    std::optional<QJsonObject> object(const QString &key);
    std::optional<QJsonArray> array(const QString &key);

    /// string() that must be there and not empty.
    QString requiredString(const QString &key);

    /// Records a failure found by the caller in field key.
    void reject(const QString &key, const QString &why);

    /// Errors   InvalidArgument: the first field that was wrong, or a field nobody asked for
    Result<void> finish();

private:
    QJsonValue take(const QString &key);

    const QJsonObject m_object;
    const QString m_where;
    QSet<QString> m_known;
    std::optional<Error> m_error;
};

} // namespace boxgate
