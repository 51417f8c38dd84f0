#include "core/image/registry/dockerconfig.h"

#include "core/model/imageref.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

namespace boxgate {

namespace {

const QString DockerHub = QStringLiteral("docker.io");
const QString DockerHubServer = QStringLiteral("https://index.docker.io/v1/");
const QString TokenUser = QStringLiteral("<token>");

/// "https://index.docker.io/v1/" and "box:5000" alike; empty when it is no registry.
QString registryOf(QString server)
{
    for (const QLatin1String scheme : {QLatin1String("https://"), QLatin1String("http://")}) {
        if (server.startsWith(scheme))
            server.remove(0, scheme.size());
    }
    const Result<QString> registry = canonicalRegistry(server.section(u'/', 0, 0));
    return registry ? *registry : QString();
}

/// A program's name, never a path.
bool isHelperName(const QString &name)
{
    static const QRegularExpression pattern(QStringLiteral("\\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z"));
    return pattern.match(name).hasMatch();
}

std::optional<Credentials> readLogin(const QJsonObject &entry)
{
    const QString token = entry.value(QStringLiteral("identitytoken")).toString();
    if (!token.isEmpty())
        return Credentials{{}, token, Credentials::Kind::IdentityToken};
    QString user = entry.value(QStringLiteral("username")).toString();
    QString password = entry.value(QStringLiteral("password")).toString();
    const QByteArray packed = entry.value(QStringLiteral("auth")).toString().toLatin1();
    if (const auto decoded = QByteArray::fromBase64Encoding(packed); !packed.isEmpty() && decoded) {
        const QString pair = QString::fromUtf8(decoded.decoded);
        user = pair.section(u':', 0, 0);
        password = pair.section(u':', 1);
    }
    if (user.isEmpty() || password.isEmpty())
        return std::nullopt;
    return Credentials{user, password, Credentials::Kind::Password};
}

} // namespace

QString dockerServerName(const QString &registry)
{
    return registry == DockerHub ? DockerHubServer : registry;
}

Result<DockerConfig> DockerConfig::parse(const QByteArray &json)
{
    const QJsonDocument document =
        json.size() > MaxJsonBytes ? QJsonDocument() : QJsonDocument::fromJson(json);
    if (!document.isObject()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("it is not a JSON object of at most %1 bytes").arg(MaxJsonBytes));
    }
    const QJsonObject object = document.object();
    DockerConfig config;
    const QJsonObject auths = object.value(QStringLiteral("auths")).toObject();
    for (auto it = auths.begin(); it != auths.end(); ++it) {
        const QString registry = registryOf(it.key());
        const std::optional<Credentials> login = readLogin(it.value().toObject());
        if (!registry.isEmpty() && login)
            config.logins.insert(registry, *login);
    }
    const QJsonObject helpers = object.value(QStringLiteral("credHelpers")).toObject();
    for (auto it = helpers.begin(); it != helpers.end(); ++it) {
        const QString registry = registryOf(it.key());
        const QString name = it.value().toString();
        if (!registry.isEmpty() && isHelperName(name))
            config.helpers.insert(registry, name);
    }
    const QString store = object.value(QStringLiteral("credsStore")).toString();
    if (isHelperName(store))
        config.store = store;
    return config;
}

QByteArray DockerConfig::toJson() const
{
    QJsonObject auths;
    for (auto it = logins.begin(); it != logins.end(); ++it) {
        QJsonObject entry;
        if (it->kind == Credentials::Kind::IdentityToken) {
            entry.insert(QStringLiteral("identitytoken"), it->secret);
        } else {
            const QByteArray pair = (it->user + QLatin1Char(':') + it->secret).toUtf8();
            entry.insert(QStringLiteral("auth"), QString::fromLatin1(pair.toBase64()));
        }
        auths.insert(it.key(), entry);
    }
    return QJsonDocument(QJsonObject{{QStringLiteral("auths"), auths}}).toJson();
}

QString DockerConfig::helperFor(const QString &registry) const { return helpers.value(registry, store); }

Result<Credentials> parseHelperAnswer(const QByteArray &json)
{
    constexpr qsizetype mostBytes = 64 * 1024;
    const QJsonObject object =
        json.size() > mostBytes ? QJsonObject() : QJsonDocument::fromJson(json).object();
    Credentials login;
    login.user = object.value(QStringLiteral("Username")).toString();
    login.secret = object.value(QStringLiteral("Secret")).toString();
    if (login.secret.isEmpty())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("its answer holds no secret"));
    if (login.user == TokenUser) {
        login.user.clear();
        login.kind = Credentials::Kind::IdentityToken;
    }
    return login;
}

} // namespace boxgate
