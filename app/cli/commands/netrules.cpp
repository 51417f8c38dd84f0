#include "app/cli/commands/netcommands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/gate/inputfile.h"
#include "app/cli/gate/netjson.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/gate/rulelist.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{
    OptionSpec{"json", 0, nullptr, "Print the rules and their use as JSON, which --import reads, too"},
    OptionSpec{"export", 0, nullptr, "Print the rules alone, one a line"},
    OptionSpec{"import", 0, "FILE|-", "Add the rules of a file or of standard input, text or JSON",
               Words::Files},
    OptionSpec{"replace", 0, nullptr, "With --import: put them in the place of those that are there"},
};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::Boxes}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net rules web", "Which rules are there, and which of them are used?"},
    ExampleSpec{"boxgate net rules --export web > web.rules", "Keep them in a file"},
    ExampleSpec{"boxgate net rules --import web.rules --replace other", "Give them to another box"},
};

Async<int> importRules(CommandContext *context)
{
    const QString file = context->arguments().value("import");
    const Result<QByteArray> bytes = readInputFile(file);
    BOXGATE_CO_TRY(bytes);
    const RuleList list = readRuleList(*bytes);
    if (!list.problems.isEmpty()) {
        const QString source = file == QLatin1String("-") ? QStringLiteral("standard input") : file;
        for (const QString &problem : list.problems)
            context->output().complain(source + QStringLiteral(", ") + problem);
        context->output().note(QStringLiteral("No rule was changed\n"));
        co_return ExitStatus::BoxgateFailed;
    }
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const bool replaces = context->arguments().has("replace");
    const NetworkEdit edit = [rules = list.rules, replaces](NetworkSpec &network) -> Result<void> {
        if (replaces)
            network.allowNet.clear();
        const Result<QStringList> added = addRules(network, rules);
        BOXGATE_TRY(added);
        return {};
    };
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(stored);
    co_return 0;
}

/// A box that does not run has used none of its rules.
QJsonArray jsonOf(const QStringList &rules, const QList<NetRuleUse> &use)
{
    QList<NetRuleUse> all = use;
    if (use.isEmpty()) {
        for (const QString &rule : rules) {
            NetRuleUse unused;
            unused.rule = rule;
            all.append(unused);
        }
    }
    return toJsonArray(all);
}

Async<int> runRules(CommandContext *context)
{
    const Arguments &arguments = context->arguments();
    if (arguments.has("import")) {
        const Result<int> imported = co_await importRules(context);
        co_return imported;
    }
    if (arguments.has("replace"))
        co_return fail(ErrorCode::InvalidArgument, QStringLiteral("--replace needs --import FILE"));
    const Result<RunningBox> opened = co_await openMaybeRunning(context);
    BOXGATE_CO_TRY(opened);
    const QString name = opened->box.spec.name;
    const QStringList rules = opened->box.spec.network.allowNet;
    if (arguments.has("export")) {
        context->output().print(ruleListText(name, rules));
        co_return 0;
    }
    QList<NetRuleUse> use;
    if (opened->handle) {
        const Result<QList<NetRuleUse>> asked = co_await opened->handle->ruleUse();
        BOXGATE_CO_TRY(asked);
        use = *asked;
    }
    if (arguments.has("json")) {
        context->output().printJson(jsonOf(rules, use));
        co_return 0;
    }
    printTable(context->output(), rulesTable(rules, use, QDateTime::currentDateTimeUtc()),
               QStringLiteral("Box %1 has no rules").arg(name));
    co_return 0;
}

} // namespace

CommandSpec netRulesCommandSpec()
{
    CommandSpec spec{"rules", "List, export or import what a box may reach"};
    spec.details =
        "HITS are the connections that a rule let in since the box was started, or since the rule was "
        "added.\n"
        "A file to import has one rule a line, '#' begins a comment; or it is JSON, as --json prints "
        "it, or an array of\n"
        "rules, or a network specification. If a line cannot be used, none is.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runRules;
    return spec;
}

} // namespace boxgate::cli
