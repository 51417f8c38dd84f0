#include "core/client/boximagereport.h"

#include "core/image/boximage.h"
#include "core/image/imagelibrary.h"

#include <QJsonArray>

namespace boxgate {

namespace {

std::optional<BoxImage> imageOf(const Paths &paths, const BoxSummary &box)
{
    const Result<BoxImage> kept = BoxImage::read(paths.boxImage(box.id.toString()));
    if (kept)
        return *kept;
    const Result<ImageInfo> image = ImageLibrary(paths).resolve(box.spec.image);
    if (image)
        return BoxImage{image->digest, image->config};
    return std::nullopt;
}

} // namespace

QJsonValue imageConfigOf(const Paths &paths, const BoxSummary &box)
{
    const std::optional<BoxImage> image = imageOf(paths, box);
    if (!image)
        return QJsonValue(QJsonValue::Null);
    const ImageConfig &config = image->config;
    QJsonObject labels;
    for (auto label = config.labels.begin(); label != config.labels.end(); ++label)
        labels.insert(label.key(), label.value());
    return QJsonObject{
        {QStringLiteral("digest"), image->digest.isEmpty() ? QString() : image->digest.toString()},
        {QStringLiteral("entrypoint"), QJsonArray::fromStringList(config.entrypoint)},
        {QStringLiteral("command"), QJsonArray::fromStringList(config.command)},
        {QStringLiteral("environment"), QJsonArray::fromStringList(config.environment)},
        {QStringLiteral("user"), config.user},
        {QStringLiteral("working_directory"), config.workingDirectory},
        {QStringLiteral("stop_signal"), config.stopSignal},
        {QStringLiteral("exposed_ports"), QJsonArray::fromStringList(config.exposedPorts)},
        {QStringLiteral("volumes"), QJsonArray::fromStringList(config.volumes)},
        {QStringLiteral("labels"), labels}};
}

QStringList unpublishedPorts(const Paths &paths, const BoxSummary &box)
{
    const std::optional<BoxImage> image = imageOf(paths, box);
    QStringList ports = image ? image->config.exposedPorts : QStringList();
    ports.removeIf([&box](const QString &port) {
        const QString number = port.section(u'/', 0, 0);
        const Protocol protocol = port.endsWith(QLatin1String("/udp")) ? Protocol::Udp : Protocol::Tcp;
        return std::any_of(box.spec.network.ports.begin(), box.spec.network.ports.end(),
                           [&](const PortMapping &map) {
                               return QString::number(map.guestPort) == number && map.protocol == protocol;
                           });
    });
    return ports;
}

} // namespace boxgate
