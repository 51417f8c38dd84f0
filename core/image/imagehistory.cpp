#include "core/image/imagehistory.h"

#include "core/image/imageconfig.h"
#include "core/image/looseobject.h"

namespace boxgate {

Result<QList<HistoryStep>> imageHistory(const QByteArray &configJson, const QList<BlobDescriptor> &layers)
{
    const QString what = QStringLiteral("history");
    const auto document = LooseObject::parse(configJson, ImageConfig::MaxJsonBytes, what);
    BOXGATE_TRY(document);
    LooseObject top(*document, what);
    const QJsonArray entries = top.array(QStringLiteral("history"));
    const Result<void> read = top.finish();
    BOXGATE_TRY(read);
    if (entries.size() > MaxHistorySteps)
        return fail(ErrorCode::Corrupt,
                    QStringLiteral("The image's history has more than %1 steps").arg(MaxHistorySteps));
    QList<HistoryStep> steps;
    qsizetype layer = 0;
    for (const QJsonValue &entry : entries) {
        LooseObject reader(entry.toObject(), what);
        HistoryStep step;
        step.created =
            QDateTime::fromString(reader.string(QStringLiteral("created")), Qt::ISODateWithMs).toUTC();
        step.command = reader.string(QStringLiteral("created_by"));
        step.comment = reader.string(QStringLiteral("comment"));
        if (!entry[QStringLiteral("empty_layer")].toBool() && layer < layers.size())
            step.size = Bytes(quint64(layers[layer++].size));
        const Result<void> stepRead = reader.finish();
        BOXGATE_TRY(stepRead);
        steps.append(step);
    }
    for (; layer < layers.size(); ++layer)
        steps.append(HistoryStep{{}, {}, {}, Bytes(quint64(layers[layer].size))});
    return steps;
}

} // namespace boxgate
