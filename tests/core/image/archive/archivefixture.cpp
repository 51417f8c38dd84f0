#include "tests/core/image/archive/archivefixture.h"

#include "core/image/archive/imagesaver.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <memory>
#include <utility>

namespace boxgate {

namespace {

QByteArray configJson(const QList<QByteArray> &tars, const QString &architecture)
{
    ImageConfig config;
    config.architecture = architecture;
    config.os = QStringLiteral("linux");
    for (const QByteArray &tar : tars)
        config.diffIds.append(Digest::ofBytes(tar));
    return config.toJson();
}

QByteArray hexOf(const QByteArray &bytes) { return Digest::ofBytes(bytes).hex().toLatin1(); }

} // namespace

ByteSource pieces(const QByteArray &bytes)
{
    const auto at = std::make_shared<qsizetype>(0);
    return [bytes, at](char *data, qint64 size) -> Result<qint64> {
        const qsizetype count = std::min<qsizetype>({qsizetype(size), 7001, bytes.size() - *at});
        std::copy_n(bytes.constData() + *at, count, data);
        *at += count;
        return count;
    };
}

QByteArray layerTar(const QByteArray &name, qsizetype size)
{
    return TarBuilder().file(name, QByteArray(size, 'x')).finish();
}

QByteArray claimingTar(quint64 size)
{
    // A header of POSIX.1-1988 with GNU's binary size: its first byte is 0x80, the rest big endian.
    QByteArray header(512, '\0');
    header.replace(0, 3, "big")
        .replace(100, 7, "0000644")
        .replace(108, 7, "0000000")
        .replace(116, 7, "0000000");
    header.replace(124, 4, QByteArray("\x80\0\0\0", 4));
    for (int byte = 0; byte < 8; ++byte)
        header[128 + byte] = char(size >> (8 * (7 - byte)));
    header.replace(136, 11, "00000000000").replace(148, 8, "        ");
    header[156] = '0';
    header.replace(257, 8, QByteArray("ustar\00000", 8));
    unsigned sum = 0;
    for (const char byte : std::as_const(header))
        sum += static_cast<unsigned char>(byte);
    header.replace(148, 7, QByteArray::number(sum, 8).rightJustified(6, '0') + '\0');
    return header + QByteArray(4096, 'x');
}

QByteArray manyFiles(int count)
{
    TarBuilder tar(TarBuilder::Format::Gnu, TarBuilder::Filter::Zstd);
    for (int i = 0; i < count; ++i)
        tar.file(QByteArray::number(i), {});
    return tar.finish();
}

QByteArray savedArchive(const ImageInfo &image)
{
    QByteArray archive;
    const auto sink = [&](const char *data, qint64 size) -> Result<void> {
        archive.append(data, size);
        return {};
    };
    const Result<void> saved = ImageSaver({}, CancelToken()).toArchive({image}, sink);
    return saved ? archive : QByteArray();
}

DockerArchive::DockerArchive(const QList<QByteArray> &tars)
    : layers(tars)
    , config(configJson(tars, OciLayout::hostArchitecture()))
    , manifest("[{\"Config\":\"" + configName()
               + "\",\"RepoTags\":[\"app:2\"],\"Layers\":[\"l0/layer.tar\",\"l1/layer.tar\"]}]")
{ }

QByteArray DockerArchive::configName() const { return hexOf(config) + ".json"; }

void DockerArchive::packDocuments(TarBuilder &tar) const
{
    tar.file(configName(), config).file("manifest.json", manifest);
}

void DockerArchive::pack(TarBuilder &tar) const
{
    for (qsizetype i = 0; i < layers.size(); ++i)
        tar.file("l" + QByteArray::number(i) + "/layer.tar", layers[i]);
    packDocuments(tar);
}

QByteArray DockerArchive::packed(TarBuilder::Filter filter) const
{
    TarBuilder tar(TarBuilder::Format::Pax, filter);
    pack(tar);
    return tar.finish();
}

LayoutArchive::LayoutArchive(const QByteArray &annotations, const QString &architecture)
{
    const QByteArray layer = layerTar("a", 2'000'000);
    const QByteArray config = configJson({layer}, architecture);
    ImageManifest manifest;
    manifest.config = descriptorOf(config, mediatype::Config);
    manifest.layers = {descriptorOf(layer, QStringLiteral("application/vnd.oci.image.layer.v1.tar"))};
    const QByteArray json = manifest.toJson();
    for (const QByteArray &blob : {layer, config, json})
        files.insert("blobs/sha256/" + hexOf(blob), blob);
    files.insert("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    BlobDescriptor descriptor = descriptorOf(json, mediatype::Manifest);
    if (architecture != OciLayout::hostArchitecture())
        descriptor.architecture = architecture;
    QJsonObject entry = descriptor.toJson();
    entry.insert(QStringLiteral("annotations"), QJsonDocument::fromJson(annotations).object());
    const QJsonObject index{{QStringLiteral("manifests"), QJsonArray{entry}}};
    files.insert("index.json", QJsonDocument(index).toJson());
}

QByteArray LayoutArchive::packed(TarBuilder::Filter filter) const
{
    TarBuilder tar(TarBuilder::Format::Pax, filter);
    for (auto file = files.begin(); file != files.end(); ++file)
        tar.file(file.key(), file.value());
    return tar.finish();
}

void LayoutArchive::unpackTo(const QString &folder) const
{
    for (auto file = files.begin(); file != files.end(); ++file) {
        QFile out(folder + QLatin1Char('/') + QString::fromLatin1(file.key()));
        if (!QDir().mkpath(QFileInfo(out).path()) || !out.open(QIODevice::WriteOnly)
            || out.write(file.value()) != file.value().size())
            qFatal("cannot unpack");
    }
}

} // namespace boxgate
