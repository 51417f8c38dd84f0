#include "core/runner/maincommand.h"

#include "core/guest/guestchannel.h"

#include <QLoggingCategory>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logMain, "boxgate.runner.main")

} // namespace

MainCommand::MainCommand(const BoxSpec &spec, const QString &outputLog, QObject *parent)
    : QObject(parent)
    , m_spec(spec)
    , m_log(outputLog, LogBytes)
{ }

MainCommand::~MainCommand() = default;

Error MainCommand::noCommand() const
{
    return {ErrorCode::Conflict,
            QStringLiteral("Box %1 has no main command: use 'boxgate exec %1 COMMAND'").arg(m_spec.name),
            {}};
}

void MainCommand::setCommand(const QStringList &command)
{
    m_command = command;
    if (command.isEmpty())
        giveUp(noCommand());
}

void MainCommand::attach(ControlPeer *peer, quint32 stream, const AttachParams &params)
{
    if (!exists()) {
        peer->respond(stream, fail(noCommand()));
        return;
    }
    if (!m_failure.isEmpty()) {
        peer->respond(stream, fail(ErrorCode::Conflict, m_failure));
        return;
    }
    if (m_status) {
        peer->openSession(stream, {});
        peer->endSession(stream, m_exited.toJson());
        return;
    }
    if (m_clients.isEmpty() && !m_inputTaken)
        m_firstAttach = params;
    watch(peer);
    Client client{peer, stream, m_delivered};
    m_clients.append(client);
    if (m_running)
        peer->openSession(stream, {});
    if (m_running && params.tty && m_clients.size() == 1)
        m_process->resize(params.rows, params.columns);
    Q_EMIT attached();
}

void MainCommand::start(GuestChannel &channel, const CommandDefaults &defaults, int stopSignal)
{
    const Result<void> opened = m_log.open();
    if (!opened)
        qCWarning(logMain) << "box" << m_spec.name << "has no output log:" << opened.error();
    ExecParams params;
    params.command = command();
    params.tty = m_spec.tty;
    params.wantsStdin = m_spec.interactive || (!m_clients.isEmpty() && m_firstAttach.wantsStdin);
    params.rows = m_firstAttach.rows;
    params.columns = m_firstAttach.columns;
    guest::Exec exec = execMessage(params, defaults);
    exec.isMain = true;
    exec.stopSignal = quint8(stopSignal);
    Result<std::unique_ptr<GuestProcess>> process = channel.exec(exec);
    if (!process) {
        failWith(process.error());
        return;
    }
    m_process = std::move(*process);
    m_inputTaken = !params.wantsStdin;
    GuestProcess *const raw = m_process.get();
    connect(raw, &GuestProcess::started, this, [this] {
        m_running = true;
        for (const Client &client : std::as_const(m_clients))
            client.peer->openSession(client.stream, {});
    });
    connect(raw, &GuestProcess::output, this, &MainCommand::deliver);
    connect(raw, &GuestProcess::outputEnded, this, [this](guest::Channel ended) {
        for (const Client &client : std::as_const(m_clients))
            client.peer->sendEnd(client.stream, controlChannel(ended));
    });
    connect(raw, &GuestProcess::bytesWritable, this, &MainCommand::pumpInput);
    connect(raw, &GuestProcess::inputClosed, this, [this] {
        if (!m_clients.isEmpty())
            m_clients.first().peer->sendEnd(m_clients.first().stream, ControlChannel::Stdin);
        pumpInput();
    });
    connect(raw, &GuestProcess::finished, this, [this](const guest::Exited &exited) {
        const ExitedEvent event = exitedEvent(exited);
        endWith(event.status(), event);
    });
    connect(raw, &GuestProcess::failed, this,
            [this](const guest::ExecFailed &failure) { failWith(execError(failure, command().first())); });
    // The guest is gone, and how it went is for others to find out: not an end of the command by itself.
    connect(raw, &GuestProcess::lost, this, &MainCommand::giveUp);
    pumpInput();
}

void MainCommand::giveUp(const Error &why)
{
    const QList<Client> clients = std::exchange(m_clients, {});
    for (const Client &client : clients) {
        if (client.peer->isSession(client.stream))
            client.peer->endSession(client.stream, ExitedEvent{0, 1, false}.toJson());
        else
            client.peer->respond(client.stream, fail(why));
    }
}

bool MainCommand::resize(const ControlPeer *peer, const ResizeParams &params)
{
    if (!find(peer, params.stream))
        return false;
    if (m_process)
        m_process->resize(params.rows, params.columns);
    return true;
}

bool MainCommand::signal(const ControlPeer *peer, const SignalParams &params)
{
    if (!find(peer, params.stream))
        return false;
    if (m_process)
        m_process->signal(params.signal);
    return true;
}

MainCommand::Client *MainCommand::find(const ControlPeer *peer, quint32 stream)
{
    const auto client = std::find_if(m_clients.begin(), m_clients.end(), [&](const Client &candidate) {
        return candidate.peer == peer && candidate.stream == stream;
    });
    return client == m_clients.end() ? nullptr : &*client;
}

void MainCommand::watch(ControlPeer *peer)
{
    if (m_watched.contains(peer))
        return;
    m_watched.insert(peer);
    connect(peer, &ControlPeer::creditReceived, this,
            [this, peer](quint32 stream, ControlChannel channel, quint32 bytes) {
                if (Client *const client = find(peer, stream)) {
                    // A client that returns more than it was given gains nothing.
                    qint64 &passedOn = client->passedOn[std::size_t(channel)];
                    passedOn = std::min(passedOn + bytes, m_delivered[std::size_t(channel)]);
                    grant(channel);
                }
            });
    connect(peer, &ControlPeer::dataReceived, this, [this, peer](quint32 stream, const QByteArray &bytes) {
        const Client *const client = find(peer, stream);
        if (!client)
            return;
        if (client != &m_clients.first() || m_inputTaken) {
            peer->sendCredit(stream, bytes.size());
            return;
        }
        m_input.append(bytes);
        pumpInput();
    });
    connect(peer, &ControlPeer::endReceived, this, [this, peer](quint32 stream) {
        if (find(peer, stream) == m_clients.data() && !m_clients.isEmpty() && !m_inputTaken) {
            m_input.end();
            pumpInput();
        }
    });
    connect(peer, &ControlPeer::cancelled, this, [this, peer](quint32 stream) { detach(peer, stream); });
    connect(peer, &ControlPeer::closed, this, [this, peer] {
        m_watched.remove(peer);
        const QList<Client> clients = m_clients;
        for (const Client &client : clients) {
            if (client.peer == peer)
                detach(peer, client.stream);
        }
    });
}

void MainCommand::detach(ControlPeer *peer, quint32 stream)
{
    const Client *const client = find(peer, stream);
    if (!client)
        return;
    const bool hadInput = client == &m_clients.first() && !m_inputTaken;
    m_clients.removeAt(client - m_clients.constData());
    if (hadInput && !m_spec.interactive) {
        m_inputTaken = true;
        m_input.end();
        pumpInput();
    }
    for (const ControlChannel channel : {ControlChannel::Stdout, ControlChannel::Stderr})
        grant(channel);
}

void MainCommand::deliver(guest::Channel channel, const QByteArray &bytes)
{
    m_log.append(bytes);
    m_delivered[std::size_t(channel)] += bytes.size();
    for (const Client &client : std::as_const(m_clients))
        client.peer->sendData(client.stream, controlChannel(channel), bytes);
    grant(controlChannel(channel));
}

void MainCommand::grant(ControlChannel channel)
{
    const auto index = std::size_t(channel);
    qint64 slowest = m_delivered[index];
    for (const Client &client : std::as_const(m_clients))
        slowest = std::min(slowest, client.passedOn[index]);
    const qint64 more = slowest - m_granted[index];
    if (more <= 0 || !m_process)
        return;
    m_granted[index] += more;
    m_process->grantCredit(guestChannelOf(channel), more);
}

void MainCommand::pumpInput()
{
    if (!m_process)
        return;
    const qsizetype taken = m_input.pump(*m_process);
    if (taken > 0 && !m_clients.isEmpty())
        m_clients.first().peer->sendCredit(m_clients.first().stream, taken);
}

void MainCommand::endWith(int status, const ExitedEvent &event)
{
    m_status = status;
    m_exited = event;
    const QList<Client> clients = std::exchange(m_clients, {});
    for (const Client &client : clients) {
        if (!client.peer->isSession(client.stream))
            client.peer->openSession(client.stream, {});
        client.peer->endSession(client.stream, event.toJson());
    }
    Q_EMIT ended();
}

void MainCommand::failWith(const Error &error)
{
    m_failure = error.message;
    m_status = execFailureStatus(error);
    const QList<Client> clients = std::exchange(m_clients, {});
    for (const Client &client : clients)
        client.peer->respond(client.stream, fail(error));
    Q_EMIT ended();
}

} // namespace boxgate
