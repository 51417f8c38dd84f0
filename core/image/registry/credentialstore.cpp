#include "core/image/registry/credentialstore.h"

#include "core/image/registry/credentialprogram.h"
#include "core/image/registry/keychain.h"

#include <QDir>
#include <QFile>
#include <QLoggingCategory>
#include <QSaveFile>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logCredentials, "boxgate.image.credentials")

QString dockerConfigFile()
{
    const QString directory = qEnvironmentVariable("DOCKER_CONFIG");
    return (directory.isEmpty() ? QDir::homePath() + QStringLiteral("/.docker") : directory)
        + QStringLiteral("/config.json");
}

Result<DockerConfig> readLogins(const QString &name)
{
    QFile file(name);
    if (!file.exists())
        return DockerConfig();
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Denied, QStringLiteral("Cannot read %1: %2").arg(name, file.errorString()));
    const Result<DockerConfig> config = DockerConfig::parse(file.read(DockerConfig::MaxJsonBytes + 1));
    if (!config)
        return fail(config.error().in(QStringLiteral("The logins in %1").arg(name)));
    return config;
}

} // namespace

CredentialStore::CredentialStore(const Paths &paths)
    : m_file(paths.credentials())
    , m_dockerConfig(dockerConfigFile())
{ }

Result<DockerConfig> CredentialStore::readOwnFile() const { return readLogins(m_file); }

Result<void> CredentialStore::writeOwnFile(const DockerConfig &logins) const
{
    QSaveFile file(m_file);
    // The permissions are set on the temporary file, before it holds anything.
    const bool isWritten = file.open(QIODevice::WriteOnly)
        && file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner)
        && file.write(logins.toJson()) >= 0 && file.commit();
    if (!isWritten)
        return fail(ErrorCode::Io, QStringLiteral("Cannot write %1: %2").arg(m_file, file.errorString()));
    return {};
}

Async<std::optional<Credentials>> CredentialStore::find(QString registry) const
{
    if (Keychain::isPresent()) {
        const Result<Credentials> kept = co_await Keychain::read(registry);
        if (kept)
            co_return std::optional(*kept);
        if (kept.error().code != ErrorCode::NotFound)
            qCWarning(logCredentials).noquote() << kept.error();
    }
    const Result<DockerConfig> own = readOwnFile();
    BOXGATE_CO_TRY(own);
    if (own->logins.contains(registry))
        co_return std::optional(own->logins.value(registry));
    const Result<DockerConfig> docker = readLogins(m_dockerConfig);
    if (!docker) {
        // Docker's file is Docker's matter: what it could say is not known, and that is all.
        qCWarning(logCredentials).noquote() << docker.error();
        co_return std::optional<Credentials>();
    }
    if (const QString helper = docker->helperFor(registry); !helper.isEmpty()) {
        const QString server = dockerServerName(registry);
        const Result<Credentials> login = co_await askCredentialProgram(helper, server);
        if (login)
            co_return std::optional(*login);
        qCInfo(logCredentials).noquote() << login.error();
    }
    if (docker->logins.contains(registry))
        co_return std::optional(docker->logins.value(registry));
    co_return std::optional<Credentials>();
}

Async<CredentialPlace> CredentialStore::put(QString registry, Credentials login) const
{
    Result<DockerConfig> own = readOwnFile();
    BOXGATE_CO_TRY(own);
    if (Keychain::isPresent()) {
        const Result<void> kept = co_await Keychain::write(registry, login);
        if (kept) {
            // What an earlier login without a keychain has left.
            const bool wasInFile = own->logins.remove(registry) > 0;
            const Result<void> cleaned = wasInFile ? writeOwnFile(*own) : Result<void>();
            BOXGATE_CO_TRY(cleaned);
            co_return CredentialPlace::Keychain;
        }
        qCWarning(logCredentials).noquote() << kept.error();
    }
    own->logins.insert(registry, login);
    const Result<void> written = writeOwnFile(*own);
    BOXGATE_CO_TRY(written);
    co_return CredentialPlace::File;
}

Async<void> CredentialStore::remove(QString registry) const
{
    bool wasThere = false;
    if (Keychain::isPresent()) {
        const Result<void> removed = co_await Keychain::remove(registry);
        wasThere = removed.has_value();
    }
    Result<DockerConfig> own = readOwnFile();
    BOXGATE_CO_TRY(own);
    if (own->logins.remove(registry) > 0) {
        const Result<void> written = writeOwnFile(*own);
        BOXGATE_CO_TRY(written);
        wasThere = true;
    }
    if (!wasThere)
        co_return fail(
            ErrorCode::NotFound,
            QStringLiteral("Boxgate keeps no login for %1; one of Docker's stays Docker's").arg(registry));
    co_return {};
}

} // namespace boxgate
