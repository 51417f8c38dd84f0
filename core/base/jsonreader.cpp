#include "core/base/jsonreader.h"

#include <QJsonArray>

#include <cmath>

namespace boxgate {

JsonReader::JsonReader(const QJsonObject &object, const QString &where)
    : m_object(object)
    , m_where(where)
{ }

QJsonValue JsonReader::take(const QString &key)
{
    m_known.insert(key);
    return m_object.value(key);
}

void JsonReader::reject(const QString &key, const QString &why)
{
    if (m_error)
        return;
    const QString path = m_where.isEmpty() ? key : m_where + QLatin1Char('.') + key;
    m_error = Error{ErrorCode::InvalidArgument, QStringLiteral("'%1' %2").arg(path, why), {}};
}

std::optional<QString> JsonReader::string(const QString &key)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isString()) {
        reject(key, QStringLiteral("must be a string"));
        return std::nullopt;
    }
    return value.toString();
}

QString JsonReader::requiredString(const QString &key)
{
    const QString text = string(key).value_or(QString());
    if (text.isEmpty())
        reject(key, QStringLiteral("is missing"));
    return text;
}

std::optional<qint64> JsonReader::integer(const QString &key, qint64 lowest, qint64 highest)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    const double number = value.toDouble(std::nan(""));
    // Beyond 2^53 a JSON number is no longer an exact integer.
    if (!value.isDouble() || number != std::floor(number) || std::abs(number) > 9007199254740992.0) {
        reject(key, QStringLiteral("must be a whole number"));
        return std::nullopt;
    }
    const qint64 whole = value.toInteger();
    if (whole < lowest || whole > highest) {
        reject(key, QStringLiteral("must be from %1 to %2").arg(lowest).arg(highest));
        return std::nullopt;
    }
    return whole;
}

std::optional<double> JsonReader::number(const QString &key)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isDouble()) {
        reject(key, QStringLiteral("must be a number"));
        return std::nullopt;
    }
    return value.toDouble();
}

std::optional<bool> JsonReader::boolean(const QString &key)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isBool()) {
        reject(key, QStringLiteral("must be true or false"));
        return std::nullopt;
    }
    return value.toBool();
}

std::optional<QStringList> JsonReader::strings(const QString &key)
{
    const std::optional<QJsonArray> values = array(key);
    if (!values)
        return std::nullopt;
    QStringList texts;
    for (const QJsonValue &value : *values) {
        if (!value.isString()) {
            reject(key, QStringLiteral("must be a list of strings"));
            return std::nullopt;
        }
        texts.append(value.toString());
    }
    return texts;
}

std::optional<QJsonObject> JsonReader::object(const QString &key)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isObject()) {
        reject(key, QStringLiteral("must be an object"));
        return std::nullopt;
    }
    return value.toObject();
}

std::optional<QJsonArray> JsonReader::array(const QString &key)
{
    const QJsonValue value = take(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isArray()) {
        reject(key, QStringLiteral("must be a list"));
        return std::nullopt;
    }
    return value.toArray();
}

Result<void> JsonReader::finish()
{
    for (auto it = m_object.begin(); it != m_object.end() && !m_error; ++it) {
        if (!m_known.contains(it.key()))
            reject(it.key(), QStringLiteral("is not a known field"));
    }
    if (m_error)
        return fail(*m_error);
    return {};
}

} // namespace boxgate
