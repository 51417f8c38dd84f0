#include "core/image/registry/registryanswers.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace boxgate {

namespace {

constexpr qsizetype MaxErrorBytes = 64 * 1024;
constexpr qsizetype MaxTextCharacters = 200;
constexpr double MaxLifetimeSeconds = 24.0 * 3600;

bool isHeaderSafe(const QByteArray &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace

QString servedText(const QString &text)
{
    QString line = text.left(MaxTextCharacters).simplified();
    for (QChar &c : line) {
        if (!c.isPrint())
            c = u'?';
    }
    return line;
}

Result<RegistryToken> RegistryToken::parse(const QByteArray &json)
{
    const QJsonObject object =
        json.size() > MaxJsonBytes ? QJsonObject() : QJsonDocument::fromJson(json).object();
    QString text = object.value(QStringLiteral("token")).toString();
    if (text.isEmpty())
        text = object.value(QStringLiteral("access_token")).toString();
    RegistryToken token;
    token.token = text.toUtf8();
    if (token.token.isEmpty() || token.token.size() > MaxTokenBytes || !isHeaderSafe(token.token))
        return fail(ErrorCode::Protocol, QStringLiteral("its answer holds no token"));
    const double seconds = object.value(QStringLiteral("expires_in")).toDouble(60);
    token.lifetime = std::chrono::seconds(qint64(std::clamp(seconds, 0.0, MaxLifetimeSeconds)));
    return token;
}

QString registryErrorText(const QByteArray &json)
{
    if (json.size() > MaxErrorBytes)
        return {};
    const QJsonObject first =
        QJsonDocument::fromJson(json).object().value(QStringLiteral("errors")).toArray().at(0).toObject();
    return servedText(first.value(QStringLiteral("message")).toString());
}

Error errorOfStatus(int status, const QString &registry, const QString &what, const QString &text)
{
    const QString reason = text.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(text);
    const QString detail = QStringLiteral("HTTP %1").arg(status);
    if (status == 401 || status == 403) {
        return {ErrorCode::Denied,
                QStringLiteral("%1 does not give out %2%3: it may not exist, or needs 'boxgate login %1'")
                    .arg(registry, what, reason),
                detail};
    }
    if (status == 404)
        return {ErrorCode::NotFound, QStringLiteral("%1 has no %2%3").arg(registry, what, reason), detail};
    if (status == 429) {
        return {
            ErrorCode::Unavailable,
            QStringLiteral("%1 gets too many requests from here%2: try again later, or after 'boxgate login "
                           "%1'")
                .arg(registry, reason),
            detail};
    }
    if (status == 408 || (status >= 500 && status <= 599)) {
        return {ErrorCode::Unavailable,
                QStringLiteral("%1 is out of order: it answered %2%3").arg(registry).arg(status).arg(reason),
                detail};
    }
    return {ErrorCode::Protocol,
            QStringLiteral("%1 answered %2 for %3%4: is it a registry?")
                .arg(registry)
                .arg(status)
                .arg(what, reason),
            detail};
}

} // namespace boxgate
