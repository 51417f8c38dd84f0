#include "core/image/registry/keychain.h"

#include "core/base/pendingreply.h"
#include "core/image/registry/dockerconfig.h"

#include <QFileInfo>

#include <qt6keychain/keychain.h>

namespace boxgate {

namespace {

const QString Service = QStringLiteral("boxgate");
/// An unlock dialog takes a while; a dead service never answers.
constexpr std::chrono::seconds AnswerLimit{20};

/// One entry holds a login as Docker's config.json would.
QString pack(const QString &registry, const Credentials &login)
{
    DockerConfig config;
    config.logins.insert(registry, login);
    return QString::fromUtf8(config.toJson());
}

Error failureOf(const QKeychain::Job &job)
{
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        return {ErrorCode::NotFound, QStringLiteral("The keychain holds no such login"), {}};
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return {ErrorCode::Denied, QStringLiteral("The keychain stays locked"), job.errorString()};
    default:
        return {ErrorCode::Unavailable, QStringLiteral("The keychain does not work"), job.errorString()};
    }
}

/// Starts the job and waits. It deletes itself when it is done, however long that takes.
Async<QString> finish(QKeychain::Job *job)
{
    const Error silent{ErrorCode::Timeout, QStringLiteral("The keychain does not answer"), {}};
    const PendingReply<QString> reply(AnswerLimit, silent);
    job->setAutoDelete(true);
    job->setInsecureFallback(false);
    QObject::connect(job, &QKeychain::Job::finished, job, [reply](QKeychain::Job *done) {
        if (done->error() != QKeychain::NoError) {
            reply.deliver(fail(failureOf(*done)));
            return;
        }
        const auto *const reading = qobject_cast<QKeychain::ReadPasswordJob *>(done);
        reply.deliver(reading ? reading->textData() : QString());
    });
    job->start();
    const Result<QString> text = co_await reply;
    co_return text;
}

} // namespace

bool Keychain::isPresent()
{
    if (qgetenv("BOXGATE_KEYCHAIN") == "off")
        return false;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")
        || (!runtime.isEmpty() && QFileInfo::exists(runtime + QStringLiteral("/bus")));
}

Async<Credentials> Keychain::read(QString registry)
{
    auto *const job = new QKeychain::ReadPasswordJob(Service);
    job->setKey(registry);
    const Result<QString> text = co_await finish(job);
    BOXGATE_CO_TRY(text);
    const Result<DockerConfig> config = DockerConfig::parse(text->toUtf8());
    if (!config || !config->logins.contains(registry))
        co_return fail(ErrorCode::NotFound, QStringLiteral("The keychain holds no such login"));
    co_return config->logins.value(registry);
}

Async<void> Keychain::write(QString registry, Credentials login)
{
    auto *const job = new QKeychain::WritePasswordJob(Service);
    job->setKey(registry);
    job->setTextData(pack(registry, login));
    const Result<QString> done = co_await finish(job);
    BOXGATE_CO_TRY(done);
    co_return {};
}

Async<void> Keychain::remove(QString registry)
{
    auto *const job = new QKeychain::DeletePasswordJob(Service);
    job->setKey(registry);
    const Result<QString> done = co_await finish(job);
    BOXGATE_CO_TRY(done);
    co_return {};
}

} // namespace boxgate
