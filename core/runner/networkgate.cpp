#include "core/runner/networkgate.h"

#include "core/control/controlmessages.h"
#include "core/runner/gatetranslation.h"

#include <QFile>
#include <QLoggingCategory>

#include <cerrno>
#include <fcntl.h>

namespace boxgate {

namespace {

Q_LOGGING_CATEGORY(logGate, "boxgate.runner.gate")

/// A new file, for the user alone. One that somebody still reads keeps its content.
Result<Descriptor> createAnew(const QString &path)
{
    QFile::remove(path);
    Descriptor file(
        ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.isValid())
        return fail(Error::fromErrno(errno, QStringLiteral("Cannot write the capture file %1").arg(path)));
    return file;
}

NetworkSpec inForce(NetworkSpec spec, const QDateTime &openedUntil)
{
    if (openedUntil.isValid())
        spec.mode = NetworkMode::Open;
    return spec;
}

Error withoutInterface(const QString &box)
{
    return Error{ErrorCode::Conflict,
                 QStringLiteral("Box %1 was started without a network: restart it to add one").arg(box),
                 NetworkRefusal::NextStart};
}

} // namespace

NetworkGate::NetworkGate(const QString &box, const NetworkSpec &spec, const QString &captureFile)
    : m_box(box)
    , m_hasInterface(spec.mode != NetworkMode::Off)
    , m_captureFile(captureFile)
    , m_spec(spec)
{ }

Result<Descriptor> NetworkGate::start()
{
    stop();
    m_lastCapture = {};
    const Result<void> possible = m_spec.check();
    BOXGATE_TRY(possible);
    Result<SocketPair> frames = SocketPair::create();
    BOXGATE_TRY(frames);
    Result<std::unique_ptr<net::Engine>> engine =
        net::Engine::start(engineConfigOf(inForce(m_spec, m_openedUntil)), frames->ours.take());
    if (!engine)
        return fail(engine.error().in(QStringLiteral("Cannot start the network of box %1").arg(m_box)));
    m_engine = std::move(*engine);
    const Result<void> published = m_ports.change(*m_engine, m_spec.ports);
    if (!published) {
        stop();
        return fail(published.error());
    }
    if (m_spec.capture) {
        // A box is worth more than its capture, whose report says what is wrong.
        const Result<void> begun = beginCapture();
        if (!begun) {
            qCWarning(logGate) << "box" << m_box << "is not captured:" << begun.error();
            m_lastCapture.error = begun.error().message;
        }
    }
    return std::move(frames->theirs);
}

void NetworkGate::stop()
{
    if (m_engine && m_lastCapture.error.isEmpty())
        m_lastCapture = toModel(m_engine->stopCapture());
    m_ports.clear();
    m_engine.reset();
}

Result<void> NetworkGate::refuseFixed(const NetworkSpec &spec) const
{
    QString what;
    if (spec.mtu != m_spec.mtu)
        what = QStringLiteral("MTU");
    else if (spec.zones != m_spec.zones)
        what = QStringLiteral("DNS zones");
    else if (spec.searchDomains != m_spec.searchDomains)
        what = QStringLiteral("search domains");
    if (what.isEmpty())
        return {};
    return fail(
        ErrorCode::Conflict,
        QStringLiteral("The %1 of box %2 cannot change while it runs: stop it first").arg(what, m_box));
}

Result<void> NetworkGate::apply(const NetworkSpec &spec, ExistingFlows existing)
{
    const Result<void> possible = spec.check();
    BOXGATE_TRY(possible);
    if (!m_hasInterface) {
        if (spec.mode != NetworkMode::Off)
            return fail(withoutInterface(m_box));
        m_spec = spec;
        return {};
    }
    const Result<void> changeable = refuseFixed(spec);
    BOXGATE_TRY(changeable);
    return change(spec, spec.mode == m_spec.mode ? m_openedUntil : QDateTime(), existing);
}

Result<void> NetworkGate::open(const QDateTime &until)
{
    if (!m_hasInterface)
        return fail(withoutInterface(m_box));
    return change(m_spec, until, ExistingFlows::Keep);
}

Result<void> NetworkGate::close()
{
    if (!m_openedUntil.isValid())
        return {};
    return change(m_spec, QDateTime(), ExistingFlows::Close);
}

/// What may fail comes first, and the policy last of it: it may end flows, which nothing brings back.
Result<void> NetworkGate::change(const NetworkSpec &spec, const QDateTime &openedUntil,
                                 ExistingFlows existing)
{
    if (!m_engine) {
        m_spec = spec;
        m_openedUntil = openedUntil;
        return {};
    }
    const bool begins = spec.capture && !m_spec.capture;
    if (begins) {
        const Result<void> begun = beginCapture();
        BOXGATE_TRY(begun);
    }
    Result<void> changed = m_ports.change(*m_engine, spec.ports);
    const net::PolicyConfig policy = policyOf(inForce(spec, openedUntil));
    const bool closes = existing == ExistingFlows::Close;
    if (changed && (closes || policy != policyOf(inForce(m_spec, m_openedUntil)))) {
        const auto flows = closes ? net::Engine::Existing::Close : net::Engine::Existing::Keep;
        changed = m_engine->apply(policy, flows);
        if (!changed)
            (void)m_ports.change(*m_engine, m_spec.ports);
    }
    if (!changed) {
        if (begins)
            m_engine->stopCapture();
        return changed;
    }
    if (spec.limits != m_spec.limits)
        m_engine->setLimits(limitsOf(spec.limits));
    if (!spec.capture && m_spec.capture)
        m_engine->stopCapture();
    m_spec = spec;
    m_openedUntil = openedUntil;
    return {};
}

Result<void> NetworkGate::beginCapture()
{
    m_lastCapture = {};
    Result<Descriptor> file = createAnew(m_captureFile);
    BOXGATE_TRY(file);
    return m_engine->startCapture(file->take(), MaxCapture.count());
}

NetCapture NetworkGate::capture() const
{
    NetCapture capture = m_lastCapture;
    if (m_engine && capture.error.isEmpty())
        capture = toModel(m_engine->capture());
    capture.file = m_captureFile;
    return capture;
}

NetCounters NetworkGate::counters() const
{
    if (!m_engine)
        return {};
    return toModel(m_engine->counters());
}

QList<NetSample> NetworkGate::samplesAfter(qint64 second, int most) const
{
    if (!m_engine)
        return {};
    QList<NetSample> samples;
    for (const net::Sample &sample : m_engine->samples(second + 1)) {
        if (samples.size() == most)
            break;
        samples.append(toModel(sample));
    }
    return samples;
}

} // namespace boxgate
