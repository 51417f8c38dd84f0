#pragma once

#include "core/base/result.h"
#include "core/model/boxstate.h"
#include "core/model/netsample.h"
#include "core/model/networkspec.h"

#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QStringList>

#include <chrono>

/// What the JSON frames of the control protocol say, as values. Every fromJson() is strict: a missing,
/// unknown or wrong field is Protocol or InvalidArgument and names it. Both sides of the socket take them
/// from a stranger.
namespace boxgate {

/// The methods' names.
namespace ControlMethod {
inline const QString State = QStringLiteral("state");
inline const QString Subscribe = QStringLiteral("subscribe"); ///< opens a session
inline const QString Exec = QStringLiteral("exec"); ///< opens a session
inline const QString Copy = QStringLiteral("copy"); ///< opens a session
inline const QString Attach = QStringLiteral("attach"); ///< opens a session
inline const QString Resize = QStringLiteral("resize");
inline const QString Signal = QStringLiteral("signal");
inline const QString Stop = QStringLiteral("stop");
inline const QString Network = QStringLiteral("network");
inline const QString OpenNetwork = QStringLiteral("open-network"); ///< opens a session
inline const QString Samples = QStringLiteral("samples");
inline const QString Usage = QStringLiteral("usage");
inline const QString Ping = QStringLiteral("ping");
} // namespace ControlMethod

/// The "event" field of events.
namespace ControlEvent {
inline const QString Hello = QStringLiteral("hello");
inline const QString State = QStringLiteral("state");
inline const QString Sample = QStringLiteral("sample");
inline const QString Exited = QStringLiteral("exited");
inline const QString Closed = QStringLiteral("closed"); ///< ends a session of open-network: its time is over
} // namespace ControlEvent

struct ControlRequest
{
    QString method;
    QJsonObject params;

    QByteArray encode() const;
    static Result<ControlRequest> decode(const QByteArray &json);
    bool operator==(const ControlRequest &) const = default;
};

QByteArray encodeResult(const QJsonObject &result);
QByteArray encodeError(const Error &error);
/// The result of a Response, or the error in it; Protocol when it is neither.
Result<QJsonObject> decodeResponse(const QByteArray &json);

QByteArray encodeEvent(const QJsonObject &event);
/// Errors   Protocol: not an object with a string "event"
Result<QJsonObject> decodeEvent(const QByteArray &json);

/// The first event of every connection, on stream 0.
struct ControlHello
{
    static constexpr int Protocol = 1;

    int protocol = Protocol;
    QString version;
    QString id; ///< the box's

    QJsonObject toJson() const;
    static Result<ControlHello> fromJson(const QJsonObject &object);
    bool operator==(const ControlHello &) const = default;
};

/// One step of the box's start.
struct BootStep
{
    QString stage;
    std::chrono::milliseconds at{0}; ///< since the runner's start, when the step was done

    bool operator==(const BootStep &) const = default;
};

/// The answer to `state`, and the event `state`.
struct RunnerState
{
    BoxState state = BoxState::Starting;
    StartStage stage = StartStage::Preparing;
    QString accelerator; ///< empty until one is chosen
    QString acceleratorReason;
    QDateTime startedAt; ///< UTC, of the runner
    qint64 runnerPid = 0;
    qint64 qemuPid = 0; ///< 0: none
    NetCounters counters;
    BoxUsage usage;
    NetworkSpec network; ///< in force, but for openedUntil
    QDateTime openedUntil; ///< UTC; null: no client holds the network open
    QList<PortMapping> ports; ///< open now, with their real host ports
    bool hasInterface =
        false; ///< the guest has eth0: a box booted with its network off gets one at its next start only
    QList<BootStep> boot;
    bool tty = false;
    QStringList command; ///< the main command as it is run; empty: an idle box
    QString problem; ///< one sentence: what the box waits for, while it cannot go on; empty otherwise

    QJsonObject toJson() const;
    static Result<RunnerState> fromJson(const QJsonObject &object);
    bool operator==(const RunnerState &) const = default;
};

/// The event `sample`: one second of traffic, each second, for subscribers that asked.
struct SampleEvent
{
    NetSample sample;
    NetCounters counters;
    BoxUsage usage;

    QJsonObject toJson() const;
    static Result<SampleEvent> fromJson(const QJsonObject &object);
    bool operator==(const SampleEvent &) const = default;
};

struct SubscribeParams
{
    bool samples = false;
    bool events = false; ///< net events

    QJsonObject toJson() const;
    static Result<SubscribeParams> fromJson(const QJsonObject &object);
    bool operator==(const SubscribeParams &) const = default;
};

struct ExecParams
{
    QStringList command; ///< not empty
    QStringList environment; ///< KEY=VALUE, on top of the box's
    QString workingDirectory; ///< empty: the box's
    QString user; ///< empty: the box's
    bool tty = false;
    bool wantsStdin = false; ///< "stdin"
    quint16 rows = 0;
    quint16 columns = 0;
    std::chrono::milliseconds timeout{0}; ///< "timeout_ms"; 0: none

    QJsonObject toJson() const;
    static Result<ExecParams> fromJson(const QJsonObject &object);
    bool operator==(const ExecParams &) const = default;
};

/// Copies a tree of files: on the session's standard input into the box, or on its standard output out of it,
/// in the form of core/tree/treeitem.h; what goes wrong in the box is one clause on standard error and exit
/// code 1.
struct CopyParams
{
    enum class Direction
    {
        Out,
        In
    };

    Direction direction = Direction::Out; ///< "out", "in"
    QString path; ///< in the box
    QString name; ///< In: as tree::UnpackRequest::name
    bool followLink = false; ///< Out
    bool keepOwners = false; ///< In

    QJsonObject toJson() const;
    static Result<CopyParams> fromJson(const QJsonObject &object);
    bool operator==(const CopyParams &) const = default;
};

/// The "detail" of exec's error not-found, by which a client chooses 127 or 126.
namespace ExecFailure {
inline const QString NotFound = QStringLiteral("not-found"); ///< 127
inline const QString NotExecutable = QStringLiteral("not-executable"); ///< 126
inline const QString NoUser = QStringLiteral("no-user"); ///< 126
inline const QString NoDirectory = QStringLiteral("no-directory"); ///< 126
} // namespace ExecFailure

struct AttachParams
{
    bool wantsStdin = false; ///< "stdin"
    bool tty = false;
    quint16 rows = 0;
    quint16 columns = 0;

    QJsonObject toJson() const;
    static Result<AttachParams> fromJson(const QJsonObject &object);
    bool operator==(const AttachParams &) const = default;
};

/// The event `exited`, which ends an exec or attach session.
struct ExitedEvent
{
    int exitCode = 0; ///< 0..255
    int signal = 0; ///< 0: none
    bool timedOut = false;

    /// As a shell shows it: the exit code, or 128 + signal.
    int status() const { return signal != 0 ? 128 + signal : exitCode; }

    QJsonObject toJson() const;
    static Result<ExitedEvent> fromJson(const QJsonObject &object);
    bool operator==(const ExitedEvent &) const = default;
};

struct ResizeParams
{
    quint32 stream = 0;
    quint16 rows = 0;
    quint16 columns = 0;

    QJsonObject toJson() const;
    static Result<ResizeParams> fromJson(const QJsonObject &object);
    bool operator==(const ResizeParams &) const = default;
};

struct SignalParams
{
    quint32 stream = 0;
    int signal = 0; ///< Linux number, 1..64

    QJsonObject toJson() const;
    static Result<SignalParams> fromJson(const QJsonObject &object);
    bool operator==(const SignalParams &) const = default;
};

struct StopParams
{
    enum class Mode
    {
        Graceful,
        Kill
    };

    Mode mode = Mode::Graceful;
    std::chrono::milliseconds deadline{10000}; ///< Graceful: then it is killed; at most an hour

    QJsonObject toJson() const;
    static Result<StopParams> fromJson(const QJsonObject &object);
    bool operator==(const StopParams &) const = default;
};

struct NetworkParams
{
    NetworkSpec network;
    ExistingFlows existing = ExistingFlows::Keep; ///< "keep", "close"

    QJsonObject toJson() const;
    static Result<NetworkParams> fromJson(const QJsonObject &object);
    bool operator==(const NetworkParams &) const = default;
};

/// Opens the network for as long as the session lasts, whatever its mode; a change of the mode ends it, too.
struct OpenNetworkParams
{
    static constexpr std::chrono::hours LongestTime{367 * 24};

    std::chrono::seconds time{0}; ///< "seconds": after it the runner closes the network by itself

    QJsonObject toJson() const;
    static Result<OpenNetworkParams> fromJson(const QJsonObject &object);
    bool operator==(const OpenNetworkParams &) const = default;
};

/// The "detail" of the error conflict by which a client tells a change that is only late from one that is
/// refused.
namespace NetworkRefusal {
inline const QString NextStart = QStringLiteral("next-start"); ///< it holds once the box is started again
} // namespace NetworkRefusal

struct SamplesParams
{
    qint64 since = 0; ///< Unix time: only seconds after this one

    QJsonObject toJson() const;
    static Result<SamplesParams> fromJson(const QJsonObject &object);
    bool operator==(const SamplesParams &) const = default;
};

/// The answer to `samples`: oldest first, at most MaxSamples of them; when there are more, ask again since
/// the last.
struct SamplesResult
{
    static constexpr int MaxSamples = 1800;

    QList<NetSample> samples;
    bool more = false;

    QJsonObject toJson() const;
    static Result<SamplesResult> fromJson(const QJsonObject &object);
    bool operator==(const SamplesResult &) const = default;
};

} // namespace boxgate
