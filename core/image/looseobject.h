#pragma once

#include "core/base/result.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace boxgate {

/// Reads the fields of a JSON object that others defined: unknown fields are ignored, as OCI demands, absent
/// and null ones are empty; a wrong type is remembered as the first error. JsonReader is its strict sister
/// for our own documents.
class LooseObject
{
public:
    /// what   the document, for messages: "manifest"
    LooseObject(const QJsonObject &object, const QString &what);

    /// Errors   Corrupt: above maxBytes, not JSON, or no object
    static Result<QJsonObject> parse(const QByteArray &json, qsizetype maxBytes, const QString &what);

    QString string(const QString &key);
    /// A whole number of at least 0 and at most 2^53; 0 when absent.
    qint64 count(const QString &key);
    QStringList strings(const QString &key);
    QJsonObject object(const QString &key);
    QJsonArray array(const QString &key);

    void reject(const QString &key, const QString &why);

    /// Errors   Corrupt: the first field that was wrong
    Result<void> finish() const;

private:
    const QJsonObject m_object;
    const QString m_what;
    std::optional<Error> m_error;
};

} // namespace boxgate
