#include "core/control/controlmessages.h"

#include "core/base/jsonreader.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace boxgate {

namespace {

QByteArray compact(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

Result<QJsonObject> parseObject(const QByteArray &json)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(json, &problem);
    if (!document.isObject()) {
        return fail(ErrorCode::Protocol,
                    QStringLiteral("The other side of the control socket sent malformed JSON"),
                    problem.errorString());
    }
    return document.object();
}

} // namespace

QByteArray ControlRequest::encode() const
{
    return compact({{QStringLiteral("method"), method}, {QStringLiteral("params"), params}});
}

Result<ControlRequest> ControlRequest::decode(const QByteArray &json)
{
    const Result<QJsonObject> object = parseObject(json);
    BOXGATE_TRY(object);
    JsonReader reader(*object);
    ControlRequest request;
    request.method = reader.requiredString(QStringLiteral("method"));
    request.params = reader.object(QStringLiteral("params")).value_or(QJsonObject());
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return request;
}

QByteArray encodeResult(const QJsonObject &result) { return compact({{QStringLiteral("result"), result}}); }

QByteArray encodeError(const Error &error)
{
    // A detail may hold a console's output: far below the frame's bound with every character escaped.
    constexpr qsizetype maxCharacters = 8 * 1024;
    const QJsonObject fields{{QStringLiteral("code"), toString(error.code)},
                             {QStringLiteral("message"), error.message.left(maxCharacters)},
                             {QStringLiteral("detail"), error.detail.left(maxCharacters)}};
    return compact({{QStringLiteral("error"), fields}});
}

Result<QJsonObject> decodeResponse(const QByteArray &json)
{
    const Result<QJsonObject> object = parseObject(json);
    BOXGATE_TRY(object);
    JsonReader reader(*object);
    const std::optional<QJsonObject> result = reader.object(QStringLiteral("result"));
    const std::optional<QJsonObject> error = reader.object(QStringLiteral("error"));
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    if (result.has_value() == error.has_value())
        return fail(ErrorCode::Protocol,
                    QStringLiteral("The runner's answer is neither a result nor an error"));
    if (result)
        return *result;
    JsonReader fields(*error, QStringLiteral("error"));
    const QString code = fields.requiredString(QStringLiteral("code"));
    const QString message = fields.requiredString(QStringLiteral("message"));
    const QString detail = fields.string(QStringLiteral("detail")).value_or(QString());
    const Result<void> complete = fields.finish();
    BOXGATE_TRY(complete);
    return fail(errorCodeFromString(code), message, detail);
}

QByteArray encodeEvent(const QJsonObject &event) { return compact(event); }

Result<QJsonObject> decodeEvent(const QByteArray &json)
{
    const Result<QJsonObject> object = parseObject(json);
    BOXGATE_TRY(object);
    if (!object->value(QStringLiteral("event")).isString())
        return fail(ErrorCode::Protocol, QStringLiteral("An event of the runner has no name"));
    return *object;
}

QJsonObject ControlHello::toJson() const
{
    return {{QStringLiteral("event"), ControlEvent::Hello},
            {QStringLiteral("protocol"), protocol},
            {QStringLiteral("version"), version},
            {QStringLiteral("id"), id}};
}

// Not strict: another version's hello may say more, and its number is what must be read.
Result<ControlHello> ControlHello::fromJson(const QJsonObject &object)
{
    ControlHello hello;
    hello.protocol = object.value(QStringLiteral("protocol")).toInt(-1);
    hello.version = object.value(QStringLiteral("version")).toString();
    hello.id = object.value(QStringLiteral("id")).toString();
    if (object.value(QStringLiteral("event")).toString() != ControlEvent::Hello)
        return fail(ErrorCode::Protocol,
                    QStringLiteral("What answers on the control socket is not a runner"));
    if (hello.protocol != Protocol) {
        return fail(
            ErrorCode::Protocol,
            QStringLiteral(
                "The box was started by Boxgate %1, whose control protocol is another: stop it with that "
                "version, or end its runner")
                .arg(hello.version));
    }
    return hello;
}

QJsonObject RunnerState::toJson() const
{
    QJsonArray steps;
    for (const BootStep &step : boot)
        steps.append(QJsonObject{{QStringLiteral("stage"), step.stage},
                                 {QStringLiteral("at_ms"), qint64(step.at.count())}});
    QJsonArray openPorts;
    for (const PortMapping &port : ports)
        openPorts.append(port.toJson());
    return {{QStringLiteral("state"), toString(state)},
            {QStringLiteral("stage"), toString(stage)},
            {QStringLiteral("accelerator"), accelerator},
            {QStringLiteral("accelerator_reason"), acceleratorReason},
            {QStringLiteral("started_at"), startedAt.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("runner_pid"), runnerPid},
            {QStringLiteral("qemu_pid"), qemuPid},
            {QStringLiteral("counters"), counters.toJson()},
            {QStringLiteral("usage"), usage.toJson()},
            {QStringLiteral("network"), network.toJson()},
            {QStringLiteral("opened_until"), openedUntil.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("ports"), openPorts},
            {QStringLiteral("has_interface"), hasInterface},
            {QStringLiteral("boot"), steps},
            {QStringLiteral("tty"), tty},
            {QStringLiteral("command"), QJsonArray::fromStringList(command)},
            {QStringLiteral("problem"), problem}};
}

namespace {

StartStage readStage(JsonReader &reader)
{
    const QString text = reader.requiredString(QStringLiteral("stage"));
    for (const StartStage stage :
         {StartStage::Preparing, StartStage::Booting, StartStage::Configuring, StartStage::Ready}) {
        if (toString(stage) == text)
            return stage;
    }
    reader.reject(QStringLiteral("stage"), QStringLiteral("is not known"));
    return StartStage::Preparing;
}

QList<BootStep> readBoot(JsonReader &reader)
{
    QList<BootStep> steps;
    const QJsonArray values = reader.array(QStringLiteral("boot")).value_or(QJsonArray());
    for (const QJsonValue &value : values) {
        JsonReader fields(value.toObject());
        BootStep step;
        step.stage = fields.requiredString(QStringLiteral("stage"));
        step.at = std::chrono::milliseconds(
            fields.integer(QStringLiteral("at_ms"), 0, std::numeric_limits<int>::max()).value_or(0));
        if (!fields.finish())
            reader.reject(QStringLiteral("boot"), QStringLiteral("holds a step that is not one"));
        steps.append(step);
    }
    return steps;
}

QList<PortMapping> readPorts(JsonReader &reader)
{
    QList<PortMapping> ports;
    const QJsonArray values = reader.array(QStringLiteral("ports")).value_or(QJsonArray());
    for (const QJsonValue &value : values) {
        const Result<PortMapping> port = PortMapping::fromJson(value.toObject());
        if (!port)
            reader.reject(QStringLiteral("ports"), QStringLiteral("holds a mapping that is none"));
        ports.append(port.value_or(PortMapping()));
    }
    return ports;
}

} // namespace

Result<RunnerState> RunnerState::fromJson(const QJsonObject &object)
{
    constexpr qint64 maxPid = 1LL << 32;
    QJsonObject fields = object;
    fields.remove(QStringLiteral("event"));
    JsonReader reader(fields);
    RunnerState state;
    const std::optional<BoxState> word = boxStateFromString(reader.requiredString(QStringLiteral("state")));
    if (!word)
        reader.reject(QStringLiteral("state"), QStringLiteral("is not known"));
    state.state = word.value_or(BoxState::Starting);
    state.stage = readStage(reader);
    state.accelerator = reader.string(QStringLiteral("accelerator")).value_or(QString());
    state.acceleratorReason = reader.string(QStringLiteral("accelerator_reason")).value_or(QString());
    state.startedAt =
        QDateTime::fromString(reader.requiredString(QStringLiteral("started_at")), Qt::ISODateWithMs);
    if (!state.startedAt.isValid())
        reader.reject(QStringLiteral("started_at"), QStringLiteral("is not a time"));
    state.runnerPid = reader.integer(QStringLiteral("runner_pid"), 0, maxPid).value_or(0);
    state.qemuPid = reader.integer(QStringLiteral("qemu_pid"), 0, maxPid).value_or(0);
    state.counters = NetCounters::fromJson(reader.object(QStringLiteral("counters")).value_or(QJsonObject()));
    state.usage = BoxUsage::fromJson(reader.object(QStringLiteral("usage")).value_or(QJsonObject()));
    const QJsonObject network = reader.object(QStringLiteral("network")).value_or(QJsonObject());
    // Empty: null.
    state.openedUntil = QDateTime::fromString(
        reader.string(QStringLiteral("opened_until")).value_or(QString()), Qt::ISODateWithMs);
    state.hasInterface = reader.boolean(QStringLiteral("has_interface")).value_or(false);
    state.ports = readPorts(reader);
    state.boot = readBoot(reader);
    state.tty = reader.boolean(QStringLiteral("tty")).value_or(false);
    state.command = reader.strings(QStringLiteral("command")).value_or(QStringList());
    state.problem = reader.string(QStringLiteral("problem")).value_or(QString());
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    const Result<NetworkSpec> spec = NetworkSpec::fromJson(network);
    BOXGATE_TRY(spec);
    state.network = *spec;
    return state;
}

QJsonObject SampleEvent::toJson() const
{
    QJsonObject object = sample.toJson();
    object.insert(QStringLiteral("event"), ControlEvent::Sample);
    object.insert(QStringLiteral("counters"), counters.toJson());
    object.insert(QStringLiteral("usage"), usage.toJson());
    return object;
}

Result<SampleEvent> SampleEvent::fromJson(const QJsonObject &object)
{
    if (!object.value(QStringLiteral("second")).isDouble()
        || !object.value(QStringLiteral("counters")).isObject())
        return fail(ErrorCode::Protocol,
                    QStringLiteral("The runner sent a sample without its second or counters"));
    SampleEvent event;
    event.sample = NetSample::fromJson(object);
    event.counters = NetCounters::fromJson(object.value(QStringLiteral("counters")).toObject());
    event.usage = BoxUsage::fromJson(object.value(QStringLiteral("usage")).toObject());
    return event;
}

QJsonObject SamplesResult::toJson() const
{
    QJsonArray values;
    for (const NetSample &sample : samples)
        values.append(sample.toJson());
    return {{QStringLiteral("samples"), values}, {QStringLiteral("more"), more}};
}

Result<SamplesResult> SamplesResult::fromJson(const QJsonObject &object)
{
    JsonReader reader(object);
    SamplesResult result;
    const QJsonArray values = reader.array(QStringLiteral("samples")).value_or(QJsonArray());
    result.more = reader.boolean(QStringLiteral("more")).value_or(false);
    for (const QJsonValue &value : values) {
        if (!value.isObject() || !value.toObject().value(QStringLiteral("second")).isDouble())
            reader.reject(QStringLiteral("samples"), QStringLiteral("holds something that is not a sample"));
        result.samples.append(NetSample::fromJson(value.toObject()));
    }
    const Result<void> read = reader.finish();
    BOXGATE_TRY(read);
    return result;
}

} // namespace boxgate
