#include "app/cli/imagejson.h"

namespace boxgate::cli {

namespace {

QJsonValue timeOrNull(const QDateTime &time)
{
    return time.isValid() ? QJsonValue(time.toString(Qt::ISODateWithMs)) : QJsonValue();
}

QJsonValue digestOrNull(const Digest &digest)
{
    return digest.isEmpty() ? QJsonValue() : QJsonValue(digest.toString());
}

QJsonArray namesOf(const QList<ImageRef> &refs)
{
    QJsonArray names;
    for (const ImageRef &ref : refs)
        names.append(ref.toString());
    return names;
}

QJsonArray layersOf(const ImageInfo &image)
{
    QJsonArray layers;
    for (qsizetype i = 0; i < image.layers.size(); ++i) {
        layers.append(QJsonObject{{QStringLiteral("digest"), image.layers[i].digest.toString()},
                                  {QStringLiteral("diff_id"), digestOrNull(image.config.diffIds.value(i))},
                                  {QStringLiteral("media_type"), image.layers[i].mediaType},
                                  {QStringLiteral("size_bytes"), image.layers[i].size}});
    }
    return layers;
}

QJsonObject configOf(const ImageConfig &config)
{
    QJsonObject labels;
    for (auto label = config.labels.begin(); label != config.labels.end(); ++label)
        labels.insert(label.key(), label.value());
    return {{QStringLiteral("architecture"), config.architecture},
            {QStringLiteral("os"), config.os},
            {QStringLiteral("labels"), labels},
            {QStringLiteral("entrypoint"), QJsonArray::fromStringList(config.entrypoint)},
            {QStringLiteral("command"), QJsonArray::fromStringList(config.command)},
            {QStringLiteral("environment"), QJsonArray::fromStringList(config.environment)},
            {QStringLiteral("working_directory"), config.workingDirectory},
            {QStringLiteral("user"), config.user},
            {QStringLiteral("stop_signal"), config.stopSignal},
            {QStringLiteral("exposed_ports"), QJsonArray::fromStringList(config.exposedPorts)},
            {QStringLiteral("volumes"), QJsonArray::fromStringList(config.volumes)}};
}

} // namespace

QJsonObject toJson(const ImageUsage &usage)
{
    return {{QStringLiteral("name"), usage.image.ref.toString()},
            {QStringLiteral("digest"), usage.image.digest.toString()},
            {QStringLiteral("index_digest"), digestOrNull(usage.image.index)},
            {QStringLiteral("added"), timeOrNull(usage.image.added)},
            {QStringLiteral("size_bytes"), qint64(usage.image.size.count())},
            {QStringLiteral("unique_bytes"), qint64(usage.unique.count())},
            {QStringLiteral("shared_bytes"), qint64(usage.shared.count())},
            {QStringLiteral("root_disk_bytes"), qint64(usage.rootDisks.count())},
            {QStringLiteral("boxes"), usage.boxes.size()},
            {QStringLiteral("box_names"), QJsonArray::fromStringList(usage.boxes)}};
}

QJsonObject toJson(const ImageDetails &details)
{
    QJsonObject object = toJson(details.usage);
    object.insert(QStringLiteral("layers"), layersOf(details.usage.image));
    object.insert(QStringLiteral("config"), configOf(details.usage.image.config));
    object.insert(QStringLiteral("history"), toJson(details.history));
    return object;
}

QJsonObject toJson(const StoredImage &image)
{
    return {{QStringLiteral("event"), QStringLiteral("image")},
            {QStringLiteral("name"), image.ref.toString()},
            {QStringLiteral("digest"), image.manifest.digest.toString()},
            {QStringLiteral("index_digest"), digestOrNull(image.index)}};
}

QJsonObject toJson(const PruneReport &report)
{
    return {{QStringLiteral("removed_names"), namesOf(report.names)},
            {QStringLiteral("files"), report.garbage.files.size()},
            {QStringLiteral("bytes"), qint64(report.garbage.bytes.count())},
            {QStringLiteral("total_bytes"), qint64(report.total.count())},
            {QStringLiteral("limit_bytes"),
             report.limit ? QJsonValue(qint64(report.limit->count())) : QJsonValue()},
            {QStringLiteral("proposed_names"), namesOf(report.proposed)}};
}

QJsonArray toJson(const QList<HistoryStep> &history)
{
    QJsonArray steps;
    for (const HistoryStep &step : history) {
        steps.append(QJsonObject{{QStringLiteral("created"), timeOrNull(step.created)},
                                 {QStringLiteral("command"), step.command},
                                 {QStringLiteral("comment"), step.comment},
                                 {QStringLiteral("size_bytes"), qint64(step.size.count())}});
    }
    return steps;
}

} // namespace boxgate::cli
