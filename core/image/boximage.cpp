#include "core/image/boximage.h"

#include "core/base/jsonreader.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

namespace boxgate {

QJsonObject BoxImage::toJson() const
{
    return {{QStringLiteral("digest"), digest.isEmpty() ? QString() : digest.toString()},
            {QStringLiteral("config"), QJsonDocument::fromJson(config.toJson()).object()}};
}

Result<BoxImage> BoxImage::fromJson(const QJsonObject &object)
{
    JsonReader reader(object, QStringLiteral("image"));
    BoxImage image;
    const QString digest = reader.string(QStringLiteral("digest")).value_or(QString());
    const QJsonObject config = reader.object(QStringLiteral("config")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    if (!read)
        return fail(ErrorCode::Corrupt, read.error().message);
    if (!digest.isEmpty()) {
        const Result<Digest> parsed = Digest::parse(digest);
        if (!parsed)
            return fail(ErrorCode::Corrupt, parsed.error().message);
        image.digest = *parsed;
    }
    const Result<ImageConfig> parsed =
        ImageConfig::parse(QJsonDocument(config).toJson(QJsonDocument::Compact));
    BOXGATE_TRY(parsed);
    image.config = *parsed;
    return image;
}

Result<BoxImage> BoxImage::read(const QString &file)
{
    QFile opened(file);
    if (!opened.open(QIODevice::ReadOnly)) {
        const ErrorCode code = QFileInfo::exists(file) ? ErrorCode::Io : ErrorCode::NotFound;
        return fail(code, QStringLiteral("Cannot read %1: %2").arg(file, opened.errorString()));
    }
    const QByteArray json = opened.read(2 * ImageConfig::MaxJsonBytes);
    const Result<BoxImage> image = fromJson(QJsonDocument::fromJson(json).object());
    if (!image)
        return fail(image.error().in(QStringLiteral("The file %1 is damaged").arg(file)));
    return image;
}

Result<void> BoxImage::write(const QString &file) const
{
    const QByteArray json = QJsonDocument(toJson()).toJson(QJsonDocument::Compact);
    QSaveFile saved(file);
    saved.setDirectWriteFallback(false);
    if (!saved.open(QIODevice::WriteOnly) || saved.write(json) != json.size() || !saved.commit()) {
        const bool isFull =
            saved.error() == QFileDevice::ResourceError || saved.error() == QFileDevice::WriteError;
        return fail(isFull ? ErrorCode::DiskFull : ErrorCode::Io,
                    QStringLiteral("Cannot write %1: %2").arg(file, saved.errorString()));
    }
    return {};
}

} // namespace boxgate
