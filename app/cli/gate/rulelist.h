#pragma once

#include "core/model/networkspec.h"

#include <QByteArray>

namespace boxgate::cli {

/// Why the text cannot be a rule, in one sentence; empty when it can be one.
QString ruleProblem(const QString &rule);

/// Rules of a file. Either all of them can be used or problems is not empty.
struct RuleList
{
    QStringList rules; ///< in their order, each once
    QStringList problems; ///< "line 3: ...", one for each that cannot be used
};

/// Reads rules to import. Pure.
/// bytes   text: one rule a line, '#' begins a comment, empty lines count for nothing; or JSON: an array of
///         rules or of objects with a field "rule", as `net rules --json` prints it, or a whole network
///         specification, of which "allow_net" is taken
RuleList readRuleList(const QByteArray &bytes);

/// Rules as text that readRuleList() reads, a comment with the box's name first.
QString ruleListText(const QString &boxName, const QStringList &rules);

/// Whether two rules are written alike but for their case.
bool isSameRule(const QString &one, const QString &other);

/// Adds what is not there yet; returns just those.
/// Errors   InvalidArgument: the first rule that cannot be enforced; network is as it was then
Result<QStringList> addRules(NetworkSpec &network, const QStringList &rules);

/// Errors   NotFound: the first rule that is not there, with the nearest one; network is as it was then
Result<void> removeRules(NetworkSpec &network, const QStringList &rules);

} // namespace boxgate::cli
