#include "qml/models/consolelog.h"

#include <QPointer>

namespace boxgate::ui {

namespace {

constexpr std::chrono::milliseconds PollInterval{500};

} // namespace

ConsoleLog::ConsoleLog(BoxService *service, QObject *parent)
    : QAbstractListModel(parent)
    , m_service(service)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &ConsoleLog::poll);
    connect(service, &BoxService::boxChanged, this, [this](const BoxId &id) {
        if (id == m_id && !m_timer.isActive())
            poll();
    });
}

void ConsoleLog::setBoxId(const QString &boxId)
{
    const BoxId id = BoxId::parse(boxId).value_or(BoxId());
    if (id == m_id)
        return;
    m_id = id;
    restart();
}

QString ConsoleLog::kind() const
{
    return m_kind == LogKind::Output
        ? QStringLiteral("output")
        : (m_kind == LogKind::Runner ? QStringLiteral("runner") : QStringLiteral("console"));
}

void ConsoleLog::setKind(const QString &kind)
{
    const LogKind wanted = kind == QLatin1String("output")
        ? LogKind::Output
        : (kind == QLatin1String("runner") ? LogKind::Runner : LogKind::Console);
    if (wanted == m_kind)
        return;
    m_kind = wanted;
    restart();
}

void ConsoleLog::setActive(bool active)
{
    if (active == m_active)
        return;
    m_active = active;
    Q_EMIT activeChanged();
    poll();
}

void ConsoleLog::restart()
{
    ++m_source;
    m_offset = 0;
    m_text = ConsoleText();
    if (!m_lines.isEmpty()) {
        beginRemoveRows({}, 0, count() - 1);
        m_lines.clear();
        endRemoveRows();
        Q_EMIT countChanged();
    }
    setProblem({});
    Q_EMIT sourceChanged();
    poll();
}

void ConsoleLog::poll()
{
    m_timer.stop();
    if (m_active && !m_reading && !m_id.isEmpty())
        read(); // keeps itself alive until it ends
}

QCoro::Task<void> ConsoleLog::read()
{
    const QPointer<ConsoleLog> self(this);
    m_reading = true;
    bool isMore = true;
    while (isMore && m_active) {
        const quint64 source = m_source;
        const Result<LogChunk> chunk = co_await m_service->readLog(m_id, m_kind, m_offset, ChunkBytes);
        if (!self)
            co_return;
        if (source != m_source)
            continue; // another log is wanted by now
        isMore = chunk && !chunk->bytes.isEmpty();
        if (chunk)
            take(*chunk);
        else
            setProblem(chunk.error().message);
    }
    m_reading = false;
    const auto box = m_service->box(m_id);
    if (m_active && box && box->hasRunner())
        m_timer.start(PollInterval);
}

void ConsoleLog::take(const LogChunk &chunk)
{
    setProblem({});
    if (chunk.truncated)
        append({QStringLiteral("... earlier lines are gone ...")});
    m_offset = chunk.nextOffset;
    append(m_text.feed(chunk.bytes));
}

void ConsoleLog::append(const QStringList &lines)
{
    if (lines.isEmpty())
        return;
    const QStringList kept = lines.mid(std::max<qsizetype>(0, lines.size() - MaxLines));
    if (const int excess = int(m_lines.size() + kept.size()) - MaxLines; excess > 0) {
        beginRemoveRows({}, 0, excess - 1);
        m_lines.remove(0, excess);
        endRemoveRows();
    }
    beginInsertRows({}, count(), count() + int(kept.size()) - 1);
    m_lines.append(kept);
    endInsertRows();
    Q_EMIT countChanged();
}

void ConsoleLog::setProblem(const QString &problem)
{
    if (problem == m_problem)
        return;
    m_problem = problem;
    Q_EMIT problemChanged();
}

int ConsoleLog::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : count(); }

QVariant ConsoleLog::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || (role != TextRole && role != Qt::DisplayRole))
        return {};
    return m_lines[index.row()];
}

QHash<int, QByteArray> ConsoleLog::roleNames() const { return {{TextRole, "line"}}; }

} // namespace boxgate::ui
