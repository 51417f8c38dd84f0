/// The parameters of the methods and the event `exited`: declared in controlmessages.h.
#include "core/base/jsonreader.h"
#include "core/control/controlmessages.h"

#include <QJsonArray>

namespace boxgate {

namespace {

constexpr qint64 MaxStream = 0xffffffffLL;
/// The agent's protocol has 32 bits for it: 49 days.
constexpr qint64 MaxTimeoutMs = 0xffffffffLL;
constexpr qint64 MaxDeadlineMs = 3600LL * 1000;
/// Unix time far beyond any sample, and exact in JSON.
constexpr qint64 MaxUnixTime = 1LL << 40;

quint16 size(JsonReader &reader, const QString &key)
{
    return quint16(reader.integer(key, 0, 0xffff).value_or(0));
}

bool flag(JsonReader &reader, const QString &key) { return reader.boolean(key).value_or(false); }

/// The agent's strings end at a zero byte; one inside would name something else than what was checked.
void refuseZeroBytes(JsonReader &reader, const QString &key, const QStringList &texts)
{
    for (const QString &text : texts) {
        if (text.contains(QChar::Null))
            reader.reject(key, QStringLiteral("must not contain a zero byte"));
    }
}

quint32 streamNumber(JsonReader &reader)
{
    const std::optional<qint64> number = reader.integer(QStringLiteral("stream"), 1, MaxStream);
    if (!number)
        reader.reject(QStringLiteral("stream"), QStringLiteral("is missing"));
    return quint32(number.value_or(0));
}

} // namespace

QJsonObject SubscribeParams::toJson() const
{
    return {{QStringLiteral("samples"), samples}, {QStringLiteral("events"), events}};
}

Result<SubscribeParams> SubscribeParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    SubscribeParams params;
    params.samples = flag(reader, QStringLiteral("samples"));
    params.events = flag(reader, QStringLiteral("events"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject ExecParams::toJson() const
{
    return {{QStringLiteral("command"), QJsonArray::fromStringList(command)},
            {QStringLiteral("environment"), QJsonArray::fromStringList(environment)},
            {QStringLiteral("working_directory"), workingDirectory},
            {QStringLiteral("user"), user},
            {QStringLiteral("tty"), tty},
            {QStringLiteral("stdin"), wantsStdin},
            {QStringLiteral("rows"), rows},
            {QStringLiteral("columns"), columns},
            {QStringLiteral("timeout_ms"), qint64(timeout.count())}};
}

Result<ExecParams> ExecParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    ExecParams params;
    params.command = reader.strings(QStringLiteral("command")).value_or(QStringList());
    if (params.command.isEmpty() || params.command.first().isEmpty())
        reader.reject(QStringLiteral("command"), QStringLiteral("is missing"));
    refuseZeroBytes(reader, QStringLiteral("command"), params.command);
    params.environment = reader.strings(QStringLiteral("environment")).value_or(QStringList());
    refuseZeroBytes(reader, QStringLiteral("environment"), params.environment);
    for (const QString &entry : params.environment) {
        if (entry.indexOf(u'=') < 1)
            reader.reject(QStringLiteral("environment"), QStringLiteral("must hold NAME=VALUE"));
    }
    params.workingDirectory = reader.string(QStringLiteral("working_directory")).value_or(QString());
    refuseZeroBytes(reader, QStringLiteral("working_directory"), {params.workingDirectory});
    params.user = reader.string(QStringLiteral("user")).value_or(QString());
    refuseZeroBytes(reader, QStringLiteral("user"), {params.user});
    params.tty = flag(reader, QStringLiteral("tty"));
    params.wantsStdin = flag(reader, QStringLiteral("stdin"));
    params.rows = size(reader, QStringLiteral("rows"));
    params.columns = size(reader, QStringLiteral("columns"));
    params.timeout =
        std::chrono::milliseconds(reader.integer(QStringLiteral("timeout_ms"), 0, MaxTimeoutMs).value_or(0));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject CopyParams::toJson() const
{
    const QString word = direction == Direction::In ? QStringLiteral("in") : QStringLiteral("out");
    return {{QStringLiteral("direction"), word},
            {QStringLiteral("path"), path},
            {QStringLiteral("name"), name},
            {QStringLiteral("follow_link"), followLink},
            {QStringLiteral("keep_owners"), keepOwners}};
}

Result<CopyParams> CopyParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    CopyParams params;
    const QString direction = reader.requiredString(QStringLiteral("direction"));
    if (direction != QLatin1String("in") && direction != QLatin1String("out"))
        reader.reject(QStringLiteral("direction"), QStringLiteral("is neither 'in' nor 'out'"));
    params.direction = direction == QLatin1String("in") ? Direction::In : Direction::Out;
    params.path = reader.requiredString(QStringLiteral("path"));
    params.name = reader.string(QStringLiteral("name")).value_or(QString());
    refuseZeroBytes(reader, QStringLiteral("path"), {params.path, params.name});
    params.followLink = flag(reader, QStringLiteral("follow_link"));
    params.keepOwners = flag(reader, QStringLiteral("keep_owners"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject AttachParams::toJson() const
{
    return {{QStringLiteral("stdin"), wantsStdin},
            {QStringLiteral("tty"), tty},
            {QStringLiteral("rows"), rows},
            {QStringLiteral("columns"), columns}};
}

Result<AttachParams> AttachParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    AttachParams params;
    params.wantsStdin = flag(reader, QStringLiteral("stdin"));
    params.tty = flag(reader, QStringLiteral("tty"));
    params.rows = size(reader, QStringLiteral("rows"));
    params.columns = size(reader, QStringLiteral("columns"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject ExitedEvent::toJson() const
{
    return {{QStringLiteral("event"), ControlEvent::Exited},
            {QStringLiteral("exit_code"), exitCode},
            {QStringLiteral("signal"), signal},
            {QStringLiteral("timed_out"), timedOut}};
}

Result<ExitedEvent> ExitedEvent::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    ExitedEvent event;
    if (reader.requiredString(QStringLiteral("event")) != ControlEvent::Exited)
        reader.reject(QStringLiteral("event"), QStringLiteral("is another"));
    event.exitCode = int(reader.integer(QStringLiteral("exit_code"), 0, 255).value_or(0));
    event.signal = int(reader.integer(QStringLiteral("signal"), 0, 64).value_or(0));
    event.timedOut = flag(reader, QStringLiteral("timed_out"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return event;
}

QJsonObject ResizeParams::toJson() const
{
    return {{QStringLiteral("stream"), qint64(stream)},
            {QStringLiteral("rows"), rows},
            {QStringLiteral("columns"), columns}};
}

Result<ResizeParams> ResizeParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    ResizeParams params;
    params.stream = streamNumber(reader);
    params.rows = size(reader, QStringLiteral("rows"));
    params.columns = size(reader, QStringLiteral("columns"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject SignalParams::toJson() const
{
    return {{QStringLiteral("stream"), qint64(stream)}, {QStringLiteral("signal"), signal}};
}

Result<SignalParams> SignalParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    SignalParams params;
    params.stream = streamNumber(reader);
    const std::optional<qint64> number = reader.integer(QStringLiteral("signal"), 1, 64);
    if (!number)
        reader.reject(QStringLiteral("signal"), QStringLiteral("is missing"));
    params.signal = int(number.value_or(0));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject StopParams::toJson() const
{
    return {
        {QStringLiteral("mode"), mode == Mode::Kill ? QStringLiteral("kill") : QStringLiteral("graceful")},
        {QStringLiteral("deadline_ms"), qint64(deadline.count())}};
}

Result<StopParams> StopParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    StopParams params;
    const QString mode = reader.requiredString(QStringLiteral("mode"));
    if (mode == QLatin1String("kill"))
        params.mode = Mode::Kill;
    else if (mode != QLatin1String("graceful"))
        reader.reject(QStringLiteral("mode"), QStringLiteral("must be graceful or kill"));
    params.deadline = std::chrono::milliseconds(
        reader.integer(QStringLiteral("deadline_ms"), 0, MaxDeadlineMs).value_or(params.deadline.count()));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

QJsonObject NetworkParams::toJson() const
{
    const bool closes = existing == ExistingFlows::Close;
    return {{QStringLiteral("network"), network.toJson()},
            {QStringLiteral("existing"), closes ? QStringLiteral("close") : QStringLiteral("keep")}};
}

Result<NetworkParams> NetworkParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    NetworkParams params;
    const std::optional<QJsonObject> network = reader.object(QStringLiteral("network"));
    if (!network)
        reader.reject(QStringLiteral("network"), QStringLiteral("is missing"));
    const QString existing = reader.string(QStringLiteral("existing")).value_or(QStringLiteral("keep"));
    if (existing == QLatin1String("close"))
        params.existing = ExistingFlows::Close;
    else if (existing != QLatin1String("keep"))
        reader.reject(QStringLiteral("existing"), QStringLiteral("must be keep or close"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<NetworkSpec> spec = NetworkSpec::fromJson(*network);
    BOXGATE_TRY(spec);
    params.network = *spec;
    return params;
}

QJsonObject OpenNetworkParams::toJson() const { return {{QStringLiteral("seconds"), qint64(time.count())}}; }

Result<OpenNetworkParams> OpenNetworkParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    OpenNetworkParams params;
    const qint64 longest = std::chrono::seconds(LongestTime).count();
    const std::optional<qint64> seconds = reader.integer(QStringLiteral("seconds"), 1, longest);
    if (!seconds)
        reader.reject(QStringLiteral("seconds"), QStringLiteral("is missing"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    params.time = std::chrono::seconds(*seconds);
    return params;
}

QJsonObject SamplesParams::toJson() const { return {{QStringLiteral("since"), since}}; }

Result<SamplesParams> SamplesParams::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    SamplesParams params;
    params.since = reader.integer(QStringLiteral("since"), 0, MaxUnixTime).value_or(0);
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return params;
}

} // namespace boxgate
