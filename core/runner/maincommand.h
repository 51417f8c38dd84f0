#pragma once

#include "core/control/controlpeer.h"
#include "core/machine/consolelog.h"
#include "core/runner/execsession.h"
#include "core/runner/guestsetup.h"

#include <array>
#include <optional>

namespace boxgate {

class GuestChannel;

/// The box's own command: its output goes to output.log and to every attached client, its end ends the box.
///
/// Output is lossless: the command runs as fast as the slowest attached client takes it, and freely when none
/// is attached. The first client attached has the standard input; when it goes away, the input ends unless
/// the box is interactive. Thread: the main thread. Lifetime: the run's; attach() works before start(), so
/// that a client misses nothing.
class MainCommand : public QObject
{
    Q_OBJECT

public:
    static constexpr qint64 LogBytes = 16LL << 20;

    MainCommand(const BoxSpec &spec, const QString &outputLog, QObject *parent = nullptr);
    ~MainCommand() override;

    /// Whether the box has one at all. True while it is not known yet what the image says.
    bool exists() const { return m_command ? !m_command->isEmpty() : !m_spec.isIdle; }
    bool isStarted() const { return m_process != nullptr; }
    bool hasClients() const { return !m_clients.isEmpty(); }
    /// As it is run; the box's own words until the image is known.
    QStringList command() const { return m_command.value_or(m_spec.command); }
    /// The image is known. When there is none after all, clients that wait for it get the error.
    void setCommand(const QStringList &command);

    /// Serves an attach request. Answers once the command runs, or could not be started.
    void attach(ControlPeer *peer, quint32 stream, const AttachParams &params);

    /// stopSignal   0: SIGTERM
    void start(GuestChannel &channel, const CommandDefaults &defaults, int stopSignal);
    /// The guest is gone: clients that wait for the command get the error, those that are attached a SIGHUP.
    void giveUp(const Error &why);

    bool resize(const ControlPeer *peer, const ResizeParams &params);
    bool signal(const ControlPeer *peer, const SignalParams &params);

    /// 0..255 once it has ended.
    const std::optional<int> &status() const { return m_status; }
    /// Why it could not be started; empty otherwise.
    QString failure() const { return m_failure; }

Q_SIGNALS:
    /// A client attached for the first time.
    void attached();
    /// Once: the command ended or could not be started, status() is set, the clients know. Not when the guest
    /// went away.
    void ended();

private:
    struct Client
    {
        ControlPeer *peer = nullptr;
        quint32 stream = 0;
        std::array<qint64, 3> passedOn{}; ///< per channel: of the bytes counted in m_delivered
    };

    Error noCommand() const;
    Client *find(const ControlPeer *peer, quint32 stream);
    void watch(ControlPeer *peer);
    void detach(ControlPeer *peer, quint32 stream);
    void deliver(guest::Channel channel, const QByteArray &bytes);
    void grant(ControlChannel channel);
    void pumpInput();
    void endWith(int status, const ExitedEvent &event);
    void failWith(const Error &error);

    const BoxSpec m_spec;
    std::optional<QStringList> m_command; ///< once the image is known
    ConsoleLog m_log;
    std::unique_ptr<GuestProcess> m_process;
    QList<Client> m_clients; ///< the first one has the input
    QSet<ControlPeer *> m_watched;
    AttachParams m_firstAttach;
    bool m_running = false;
    bool m_inputTaken = false; ///< a client had the input; it is not handed on to another
    InputQueue m_input;
    std::array<qint64, 3> m_delivered{};
    std::array<qint64, 3> m_granted{};
    std::optional<int> m_status;
    ExitedEvent m_exited;
    QString m_failure;
};

} // namespace boxgate
