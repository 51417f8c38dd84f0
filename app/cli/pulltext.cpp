#include "app/cli/pulltext.h"

#include "app/cli/humantime.h"

#include <QJsonArray>

namespace boxgate::cli {

namespace {

QString parts(qsizetype count)
{
    return count == 1 ? QStringLiteral("1 part") : QStringLiteral("%1 parts").arg(count);
}

QString eventName(PullProgress::Stage stage)
{
    switch (stage) {
    case PullProgress::Stage::Resolving:
        return QStringLiteral("resolving");
    case PullProgress::Stage::Downloading:
        return QStringLiteral("progress");
    case PullProgress::Stage::Finishing:
        break;
    }
    return QStringLiteral("finishing");
}

} // namespace

QString pullLine(const PullProgress &progress)
{
    const QString name = progress.ref.toString();
    if (progress.stage == PullProgress::Stage::Resolving)
        return QStringLiteral("%1: asking %2").arg(name, progress.ref.registry);
    if (progress.stage == PullProgress::Stage::Finishing)
        return QStringLiteral("%1: finishing").arg(name);
    QString line =
        QStringLiteral("%1: %2 of %3, %4 of %5")
            .arg(name)
            .arg(progress.finishedBlobs())
            .arg(parts(progress.blobs.size()), progress.done().toDisplay(), progress.total().toDisplay());
    if (progress.received > 0)
        line += QStringLiteral(", ") + rateToDisplay(progress.bytesPerSecond);
    if (const auto left = progress.timeLeft())
        line += QStringLiteral(", %1 left").arg(durationToDisplay(*left));
    return line;
}

QString pullBeginLine(const PullProgress &progress)
{
    const QString line =
        QStringLiteral("%1: %2, %3")
            .arg(progress.ref.toString(), parts(progress.blobs.size()), progress.total().toDisplay());
    if (progress.done().count() == 0)
        return line;
    return line + QStringLiteral(", of which %1 are here").arg(progress.done().toDisplay());
}

QString pullInterruptedLine(const PullProgress &progress)
{
    const QString name = progress.ref.toString();
    if (progress.blobs.isEmpty())
        return QStringLiteral("Pulling %1 was interrupted before anything had come").arg(name);
    return QStringLiteral(
               "Pulling %1 was interrupted with %2 of %3 here: 'boxgate pull %1' goes on from there")
        .arg(name, progress.done().toDisplay(), progress.total().toDisplay());
}

QJsonObject pullEvent(const PullProgress &progress)
{
    QJsonArray blobs;
    for (const PullProgress::Blob &blob : progress.blobs) {
        blobs.append(QJsonObject{{QStringLiteral("digest"), blob.digest.toString()},
                                 {QStringLiteral("size"), blob.size},
                                 {QStringLiteral("done"), blob.done}});
    }
    QJsonObject event{{QStringLiteral("event"), eventName(progress.stage)},
                      {QStringLiteral("image"), progress.ref.toString()},
                      {QStringLiteral("total"), qint64(progress.total().count())},
                      {QStringLiteral("done"), qint64(progress.done().count())},
                      {QStringLiteral("received"), progress.received},
                      {QStringLiteral("bytesPerSecond"), qint64(progress.bytesPerSecond)},
                      {QStringLiteral("blobs"), blobs}};
    if (const auto left = progress.timeLeft())
        event.insert(QStringLiteral("secondsLeft"), qint64(left->count()));
    return event;
}

} // namespace boxgate::cli
