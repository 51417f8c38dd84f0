#include "app/cli/commands/netcommands.h"
#include "app/cli/gate/rulelist.h"

namespace boxgate::cli {

namespace {

constexpr std::array AllowOptions{
    OptionSpec{"allowlist", 0, nullptr, "Switch the network to allowlist, too"},
};
constexpr std::array DenyOptions{
    OptionSpec{"close", 0, nullptr, "End the connections that no rule lets in any more"},
};
constexpr std::array AllowArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                    ArgumentSpec{"RULE", Arity::OneOrMore}};
constexpr std::array DenyArguments{ArgumentSpec{"BOX", Arity::One, Words::Boxes},
                                   ArgumentSpec{"RULE", Arity::OneOrMore, Words::Rules}};
constexpr std::array AllowExamples{
    ExampleSpec{"boxgate net allow web '*.example.com' 10.0.0.0/8:5432/tcp", "Add two rules"},
    ExampleSpec{"boxgate net allow --allowlist web example.com:443", "Add one and block all else"},
};
constexpr std::array DenyExamples{
    ExampleSpec{"boxgate net deny --close web example.com:443", "Take it back, open connections included"},
};
constexpr const char *RuleForm =
    "A rule is HOST, *.HOST (any name below it), an IPv4 address or a network such as 10.0.0.0/8, each with\n"
    "[:PORT[-PORT]][/tcp|/udp]. Without a protocol a name grants TCP and an address TCP and UDP.";

QStringList rulesOf(CommandContext *context) { return context->arguments().words("RULE"); }

Async<int> runAllow(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const QString name = box->spec.name;
    const bool switches = context->arguments().has("allowlist");
    const NetworkEdit edit = [rules = rulesOf(context), switches](NetworkSpec &network) -> Result<void> {
        const Result<QStringList> added = addRules(network, rules);
        BOXGATE_TRY(added);
        if (switches)
            network.mode = NetworkMode::Allowlist;
        return {};
    };
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, ExistingFlows::Keep);
    BOXGATE_CO_TRY(stored);
    if (stored->mode != NetworkMode::Allowlist) {
        context->output().note(
            QStringLiteral("The network of box %1 is %2: rules have no effect until 'boxgate net mode %1 "
                           "allowlist'\n")
                .arg(name, toString(stored->mode)));
    }
    co_return 0;
}

Async<int> runDeny(CommandContext *context)
{
    const Result<BoxSummary> box = context->openBox();
    BOXGATE_CO_TRY(box);
    const QString name = box->spec.name;
    const NetworkEdit edit = [rules = rulesOf(context), name](NetworkSpec &network) -> Result<void> {
        const Result<void> removed = removeRules(network, rules);
        if (!removed)
            return fail(removed.error().in(QStringLiteral("Box %1").arg(name)));
        return {};
    };
    const ExistingFlows existing =
        context->arguments().has("close") ? ExistingFlows::Close : ExistingFlows::Keep;
    const Result<NetworkSpec> stored = co_await changeNetwork(context, *box, edit, existing);
    BOXGATE_CO_TRY(stored);
    if (stored->mode == NetworkMode::Open) {
        context->output().note(QStringLiteral("The network of box %1 is open: it still reaches everything. "
                                              "'boxgate net mode %1 allowlist' blocks what no rule allows\n")
                                   .arg(name));
    }
    co_return 0;
}

} // namespace

CommandSpec netAllowCommandSpec()
{
    CommandSpec spec{"allow", "Add rules to what a box may reach"};
    spec.details = RuleForm;
    spec.options = AllowOptions;
    spec.arguments = AllowArguments;
    spec.examples = AllowExamples;
    spec.function = runAllow;
    return spec;
}

CommandSpec netDenyCommandSpec()
{
    CommandSpec spec{"deny", "Remove rules from what a box may reach"};
    spec.details =
        "The rules are written as 'boxgate net rules' shows them. Connections that they let in go on "
        "unless --close is given.";
    spec.options = DenyOptions;
    spec.arguments = DenyArguments;
    spec.examples = DenyExamples;
    spec.function = runDeny;
    return spec;
}

} // namespace boxgate::cli
