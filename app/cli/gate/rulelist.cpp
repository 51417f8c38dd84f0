#include "app/cli/gate/rulelist.h"

#include "app/cli/nearestword.h"
#include "app/cli/texttable.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace boxgate::cli {

namespace {

/// Collects rules, each once, and what is wrong with the others.
class Collector
{
public:
    void take(const QString &where, const QString &rule)
    {
        const QString problem = ruleProblem(rule);
        if (!problem.isEmpty()) {
            reject(where, problem);
            return;
        }
        const QString key = rule.toLower();
        if (m_seen.contains(key))
            return;
        m_seen.insert(key);
        m_list.rules.append(rule);
    }

    void reject(const QString &where, const QString &problem)
    {
        m_list.problems.append(where + QStringLiteral(": ") + problem);
    }

    RuleList list() const { return m_list; }

private:
    RuleList m_list;
    QSet<QString> m_seen;
};

RuleList readText(const QByteArray &bytes)
{
    Collector collector;
    int number = 0;
    for (const QByteArray &line : bytes.split('\n')) {
        ++number;
        const QString rule = QString::fromUtf8(line).section(u'#', 0, 0).trimmed();
        if (!rule.isEmpty())
            collector.take(QStringLiteral("line %1").arg(number), rule);
    }
    return collector.list();
}

RuleList readArray(const QJsonArray &array)
{
    Collector collector;
    int number = 0;
    for (const QJsonValue &value : array) {
        const QString where = QStringLiteral("rule %1").arg(++number);
        const QJsonValue text = value.isObject() ? value[QStringLiteral("rule")] : value;
        if (text.isString())
            collector.take(where, text.toString());
        else
            collector.reject(where, QStringLiteral("It must be text, or an object with a text \"rule\""));
    }
    return collector.list();
}

RuleList readJson(const QByteArray &bytes)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (document.isNull()) {
        const qsizetype line = bytes.left(error.offset).count('\n') + 1;
        return {{}, {QStringLiteral("line %1: This is not JSON: %2").arg(line).arg(error.errorString())}};
    }
    if (document.isArray())
        return readArray(document.array());
    const Result<NetworkSpec> spec = NetworkSpec::fromJson(document.object());
    if (!spec)
        return {{}, {QStringLiteral("line 1: %1").arg(spec.error().message)}};
    return readArray(QJsonArray::fromStringList(spec->allowNet));
}

} // namespace

QString ruleProblem(const QString &rule)
{
    NetworkSpec alone;
    alone.allowNet = {rule};
    const Result<void> checked = alone.check();
    return checked ? QString() : checked.error().message;
}

RuleList readRuleList(const QByteArray &bytes)
{
    const QByteArray text = bytes.trimmed();
    // No rule begins so: an IPv6 address in brackets cannot be enforced.
    if (text.startsWith('[') || text.startsWith('{'))
        return readJson(bytes);
    return readText(bytes);
}

QString ruleListText(const QString &boxName, const QStringList &rules)
{
    QString text = QStringLiteral("# Rules of box %1\n").arg(boxName);
    for (const QString &rule : rules)
        text += printable(rule) + QLatin1Char('\n');
    return text;
}

bool isSameRule(const QString &one, const QString &other)
{
    return one.compare(other, Qt::CaseInsensitive) == 0;
}

Result<QStringList> addRules(NetworkSpec &network, const QStringList &rules)
{
    QSet<QString> known;
    for (const QString &rule : std::as_const(network.allowNet))
        known.insert(rule.toLower());
    QStringList added;
    for (const QString &rule : rules) {
        if (const QString problem = ruleProblem(rule); !problem.isEmpty())
            return fail(ErrorCode::InvalidArgument, problem);
        if (known.contains(rule.toLower()))
            continue;
        known.insert(rule.toLower());
        added.append(rule);
    }
    network.allowNet += added;
    return added;
}

Result<void> removeRules(NetworkSpec &network, const QStringList &rules)
{
    QStringList left = network.allowNet;
    for (const QString &rule : rules) {
        const qsizetype removed =
            left.removeIf([&rule](const QString &known) { return isSameRule(known, rule); });
        if (removed > 0)
            continue;
        // A third of it may be wrong: a port, a forgotten protocol, a label.
        const QString nearest = nearestWord(rule, network.allowNet, std::max<qsizetype>(4, rule.size() / 3));
        const QString hint =
            nearest.isEmpty() ? QString() : QStringLiteral(": did you mean '%1'?").arg(nearest);
        return fail(ErrorCode::NotFound, QStringLiteral("There is no rule '%1'%2").arg(rule.left(80), hint));
    }
    network.allowNet = left;
    return {};
}

} // namespace boxgate::cli
