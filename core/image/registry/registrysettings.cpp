#include "core/image/registry/registrysettings.h"

#include "core/base/jsonreader.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

namespace boxgate {

namespace {

const QString DockerHub = QStringLiteral("docker.io");
const QString DockerHubHost = QStringLiteral("registry-1.docker.io");

Result<QStringList> registryNames(const QStringList &names, qsizetype most, const QString &what)
{
    if (names.size() > most)
        return fail(ErrorCode::InvalidArgument, QStringLiteral("%1: %2 at most").arg(what).arg(most));
    QStringList canonical;
    for (const QString &name : names) {
        const Result<QString> registry = canonicalRegistry(name);
        if (!registry)
            return fail(registry.error().in(what));
        canonical.append(*registry);
    }
    return canonical;
}

Result<RegistrySettings::Registry> parseRegistry(const QJsonObject &object, const QString &where)
{
    JsonReader reader(object, where);
    RegistrySettings::Registry registry;
    registry.mirrors = reader.strings(QStringLiteral("mirrors")).value_or(QStringList());
    if (reader.boolean(QStringLiteral("plainHttp")).value_or(false))
        registry.scheme = RegistryScheme::PlainHttp;
    registry.caFile = reader.string(QStringLiteral("caFile")).value_or(QString());
    if (!registry.caFile.isEmpty() && !QDir::isAbsolutePath(registry.caFile))
        reader.reject(QStringLiteral("caFile"), QStringLiteral("must be an absolute path"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<QStringList> mirrors =
        registryNames(registry.mirrors, RegistrySettings::MaxMirrors, where + QStringLiteral(".mirrors"));
    BOXGATE_TRY(mirrors);
    registry.mirrors = *mirrors;
    return registry;
}

} // namespace

RegistrySettings::RegistrySettings()
    : search{DockerHub}
{ }

Result<RegistrySettings> RegistrySettings::parse(const QByteArray &json)
{
    QJsonParseError error{};
    const QJsonDocument document =
        json.size() > MaxJsonBytes ? QJsonDocument() : QJsonDocument::fromJson(json, &error);
    if (!document.isObject()) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("it is not a JSON object of at most %1 bytes").arg(MaxJsonBytes),
                    error.errorString());
    }
    RegistrySettings settings;
    JsonReader reader(document.object());
    const std::optional<QStringList> search = reader.strings(QStringLiteral("search"));
    const QJsonObject registries = reader.object(QStringLiteral("registries")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    if (search) {
        const Result<QStringList> names = registryNames(*search, MaxSearch, QStringLiteral("search"));
        BOXGATE_TRY(names);
        settings.search = names->isEmpty() ? QStringList{DockerHub} : *names;
    }
    for (auto it = registries.begin(); it != registries.end(); ++it) {
        const QString where = QStringLiteral("registries.") + it.key().left(100);
        const Result<QString> name = canonicalRegistry(it.key());
        if (!name)
            return fail(name.error().in(where));
        if (!it.value().isObject())
            return fail(ErrorCode::InvalidArgument, where + QStringLiteral(" must be an object"));
        const Result<Registry> registry = parseRegistry(it.value().toObject(), where);
        BOXGATE_TRY(registry);
        settings.registries.insert(*name, *registry);
    }
    const Result<void> checked = settings.check();
    BOXGATE_TRY(checked);
    return settings;
}

Result<void> RegistrySettings::check() const
{
    if (registries.size() > MaxRegistries)
        return fail(ErrorCode::InvalidArgument, QStringLiteral("registries: %1 at most").arg(MaxRegistries));
    const Result<QStringList> searched = registryNames(search, MaxSearch, QStringLiteral("search"));
    BOXGATE_TRY(searched);
    for (auto it = registries.begin(); it != registries.end(); ++it) {
        const Result<QStringList> mirrors = registryNames(it->mirrors, MaxMirrors, QStringLiteral("mirrors"));
        BOXGATE_TRY(mirrors);
    }
    return {};
}

QByteArray RegistrySettings::toJson() const
{
    QJsonObject list;
    for (auto it = registries.begin(); it != registries.end(); ++it) {
        QJsonObject registry;
        if (!it->mirrors.isEmpty())
            registry.insert(QStringLiteral("mirrors"), QJsonArray::fromStringList(it->mirrors));
        if (it->scheme == RegistryScheme::PlainHttp)
            registry.insert(QStringLiteral("plainHttp"), true);
        if (!it->caFile.isEmpty())
            registry.insert(QStringLiteral("caFile"), it->caFile);
        list.insert(it.key(), registry);
    }
    const QJsonObject document{{QStringLiteral("search"), QJsonArray::fromStringList(search)},
                               {QStringLiteral("registries"), list}};
    return QJsonDocument(document).toJson();
}

Result<RegistrySettings> RegistrySettings::load(const QString &file)
{
    QFile stored(file);
    if (!stored.exists())
        return RegistrySettings();
    if (!stored.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Denied, QStringLiteral("Cannot read %1: %2").arg(file, stored.errorString()));
    const Result<RegistrySettings> settings = parse(stored.read(MaxJsonBytes + 1));
    if (!settings)
        return fail(settings.error().in(QStringLiteral("The settings of registries in %1").arg(file)));
    return settings;
}

Result<void> RegistrySettings::save(const QString &file) const
{
    QSaveFile stored(file);
    if (!stored.open(QIODevice::WriteOnly) || stored.write(toJson()) < 0 || !stored.commit())
        return fail(ErrorCode::Io, QStringLiteral("Cannot write %1: %2").arg(file, stored.errorString()));
    return {};
}

RegistryEndpoint RegistrySettings::endpoint(const QString &registry) const
{
    const Registry known = registries.value(registry);
    return {registry, registry == DockerHub ? DockerHubHost : registry, known.scheme, known.caFile};
}

QList<RegistryEndpoint> RegistrySettings::endpoints(const QString &registry) const
{
    QList<RegistryEndpoint> list;
    for (const QString &mirror : registries.value(registry).mirrors)
        list.append(endpoint(mirror));
    list.append(endpoint(registry));
    return list;
}

Result<QList<ImageRef>> RegistrySettings::candidates(const QString &text) const
{
    const Result<ImageRef> plain = ImageRef::parse(text);
    BOXGATE_TRY(plain);
    if (ImageRef::namesRegistry(text))
        return QList<ImageRef>{*plain};
    QList<ImageRef> list;
    for (const QString &registry : search) {
        const Result<ImageRef> ref = ImageRef::parse(registry + QLatin1Char('/') + text);
        BOXGATE_TRY(ref);
        list.append(*ref);
    }
    return list;
}

} // namespace boxgate
