#include "core/image/looseobject.h"

#include <QJsonDocument>

#include <cmath>

namespace boxgate {

namespace {

bool isAbsent(const QJsonValue &value) { return value.isUndefined() || value.isNull(); }

} // namespace

LooseObject::LooseObject(const QJsonObject &object, const QString &what)
    : m_object(object)
    , m_what(what)
{ }

Result<QJsonObject> LooseObject::parse(const QByteArray &json, qsizetype maxBytes, const QString &what)
{
    if (json.size() > maxBytes)
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image's %1 is larger than %2 bytes").arg(what).arg(maxBytes));
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError || !document.isObject()) {
        return fail(ErrorCode::Corrupt, QStringLiteral("The image's %1 is not a JSON object").arg(what),
                    QStringLiteral("%1 at byte %2").arg(error.errorString()).arg(error.offset));
    }
    return document.object();
}

void LooseObject::reject(const QString &key, const QString &why)
{
    if (!m_error) {
        m_error = Error{ErrorCode::Corrupt,
                        QStringLiteral("The image's %1 is damaged: '%2' %3").arg(m_what, key, why),
                        {}};
    }
}

QString LooseObject::string(const QString &key)
{
    const QJsonValue value = m_object.value(key);
    if (isAbsent(value))
        return {};
    if (!value.isString())
        reject(key, QStringLiteral("must be a string"));
    return value.toString();
}

qint64 LooseObject::count(const QString &key)
{
    constexpr double exact = 9007199254740992.0; // 2^53
    const QJsonValue value = m_object.value(key);
    if (isAbsent(value))
        return 0;
    const double number = value.toDouble(-1);
    if (number < 0 || number > exact || number != std::floor(number)) {
        reject(key, QStringLiteral("must be a whole number"));
        return 0;
    }
    return qint64(number);
}

QStringList LooseObject::strings(const QString &key)
{
    QStringList texts;
    for (const QJsonValue &value : array(key)) {
        if (!value.isString())
            reject(key, QStringLiteral("must be a list of strings"));
        texts.append(value.toString());
    }
    return texts;
}

QJsonObject LooseObject::object(const QString &key)
{
    const QJsonValue value = m_object.value(key);
    if (!isAbsent(value) && !value.isObject())
        reject(key, QStringLiteral("must be an object"));
    return value.toObject();
}

QJsonArray LooseObject::array(const QString &key)
{
    const QJsonValue value = m_object.value(key);
    if (!isAbsent(value) && !value.isArray())
        reject(key, QStringLiteral("must be a list"));
    return value.toArray();
}

Result<void> LooseObject::finish() const
{
    if (m_error)
        return fail(*m_error);
    return {};
}

} // namespace boxgate
