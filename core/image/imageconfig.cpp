#include "core/image/imageconfig.h"

#include "core/image/looseobject.h"

#include <QJsonDocument>

namespace boxgate {

namespace {

/// A set is written as an object whose keys count: {"80/tcp": {}}.
QStringList sortedKeys(const QJsonObject &object)
{
    QStringList keys = object.keys();
    keys.sort();
    return keys;
}

QJsonObject setOf(const QStringList &keys)
{
    QJsonObject object;
    for (const QString &key : keys)
        object.insert(key, QJsonObject());
    return object;
}

void insertUnlessEmpty(QJsonObject &object, const QString &key, const QString &value)
{
    if (!value.isEmpty())
        object.insert(key, value);
}

void insertUnlessEmpty(QJsonObject &object, const QString &key, const QStringList &values)
{
    if (!values.isEmpty())
        object.insert(key, QJsonArray::fromStringList(values));
}

} // namespace

Result<ImageConfig> ImageConfig::parse(const QByteArray &json)
{
    const auto document = LooseObject::parse(json, MaxJsonBytes, QStringLiteral("configuration"));
    BOXGATE_TRY(document);
    LooseObject top(*document, QStringLiteral("configuration"));
    ImageConfig config;
    config.architecture = top.string(QStringLiteral("architecture"));
    config.os = top.string(QStringLiteral("os"));
    LooseObject rootfs(top.object(QStringLiteral("rootfs")), QStringLiteral("configuration"));
    LooseObject run(top.object(QStringLiteral("config")), QStringLiteral("configuration"));
    config.entrypoint = run.strings(QStringLiteral("Entrypoint"));
    config.command = run.strings(QStringLiteral("Cmd"));
    config.environment = run.strings(QStringLiteral("Env"));
    config.workingDirectory = run.string(QStringLiteral("WorkingDir"));
    config.user = run.string(QStringLiteral("User"));
    config.stopSignal = run.string(QStringLiteral("StopSignal"));
    config.exposedPorts = sortedKeys(run.object(QStringLiteral("ExposedPorts")));
    config.volumes = sortedKeys(run.object(QStringLiteral("Volumes")));
    const QJsonObject labels = run.object(QStringLiteral("Labels"));
    for (auto label = labels.begin(); label != labels.end(); ++label)
        config.labels.insert(label.key(), label.value().toString());
    for (const QString &text : rootfs.strings(QStringLiteral("diff_ids"))) {
        const Result<Digest> digest = Digest::parse(text);
        if (digest)
            config.diffIds.append(*digest);
        else
            rootfs.reject(QStringLiteral("diff_ids"), QStringLiteral("holds something that is not a digest"));
    }
    for (const LooseObject *part : {&top, &rootfs, &run}) {
        const Result<void> read = part->finish();
        BOXGATE_TRY(read);
    }
    return config;
}

QByteArray ImageConfig::toJson() const
{
    QJsonObject run;
    insertUnlessEmpty(run, QStringLiteral("Entrypoint"), entrypoint);
    insertUnlessEmpty(run, QStringLiteral("Cmd"), command);
    insertUnlessEmpty(run, QStringLiteral("Env"), environment);
    insertUnlessEmpty(run, QStringLiteral("WorkingDir"), workingDirectory);
    insertUnlessEmpty(run, QStringLiteral("User"), user);
    insertUnlessEmpty(run, QStringLiteral("StopSignal"), stopSignal);
    if (!exposedPorts.isEmpty())
        run.insert(QStringLiteral("ExposedPorts"), setOf(exposedPorts));
    if (!volumes.isEmpty())
        run.insert(QStringLiteral("Volumes"), setOf(volumes));
    QJsonObject labelled;
    for (auto label = labels.begin(); label != labels.end(); ++label)
        labelled.insert(label.key(), label.value());
    if (!labelled.isEmpty())
        run.insert(QStringLiteral("Labels"), labelled);
    QJsonArray ids;
    for (const Digest &id : diffIds)
        ids.append(id.toString());
    const QJsonObject rootfs{{QStringLiteral("type"), QStringLiteral("layers")},
                             {QStringLiteral("diff_ids"), ids}};
    const QJsonObject document{{QStringLiteral("architecture"), architecture},
                               {QStringLiteral("os"), os},
                               {QStringLiteral("config"), run},
                               {QStringLiteral("rootfs"), rootfs}};
    return QJsonDocument(document).toJson(QJsonDocument::Compact);
}

} // namespace boxgate
