#include "app/cli/transferticker.h"

#include <utility>

namespace boxgate::cli {

namespace {

constexpr std::chrono::milliseconds LinePace{200};
constexpr std::chrono::milliseconds JsonPace{1000};

} // namespace

TransferTicker::TransferTicker(CommandContext *context, const QString &what,
                               std::shared_ptr<ImageTransferCount> count)
    : m_output(&context->output())
    , m_isJson(context->arguments().has("json") && context->arguments().value("output") != QLatin1String("-"))
    , m_line(m_output, what,
             m_isJson || context->arguments().has("quiet") ? Verbosity::Quiet : Verbosity::Normal)
    , m_count(std::move(count))
{
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { tick(); });
    m_timer.start(m_isJson ? JsonPace : LinePace);
}

void TransferTicker::tick()
{
    const Bytes done(m_count->done.load());
    const Bytes total(m_count->total.load());
    m_line.show(done, total);
    if (!m_isJson)
        return;
    QJsonObject event{{QStringLiteral("event"), QStringLiteral("progress")},
                      {QStringLiteral("done_bytes"), qint64(done.count())}};
    event.insert(QStringLiteral("total_bytes"),
                 total > Bytes() ? QJsonValue(qint64(total.count())) : QJsonValue());
    m_output->printJsonLine(event);
}

void TransferTicker::end()
{
    m_timer.stop();
    m_line.clear();
}

} // namespace boxgate::cli
