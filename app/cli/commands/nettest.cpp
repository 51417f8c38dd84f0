#include "app/cli/commands/netcommands.h"
#include "app/cli/exitstatus.h"
#include "app/cli/gate/nettables.h"
#include "app/cli/gate/nextcommand.h"

namespace boxgate::cli {

namespace {

constexpr std::array Options{OptionSpec{"json", 0, nullptr, "Print JSON"}};
constexpr std::array Positional{ArgumentSpec{"BOX", Arity::One, Words::RunningBoxes},
                                ArgumentSpec{"DESTINATION"}};
constexpr std::array Examples{
    ExampleSpec{"boxgate net test web api.example.com:443", "May it connect there, and why?"},
    ExampleSpec{"boxgate net test web 10.0.0.7:53/udp && echo open", "The same, for a script"},
};

/// The command that would let it pass; empty when it passes or nothing can.
QString nextCommandOf(const RunningBox &running, const QString &destination, const NetTest &test)
{
    if (test.allowed)
        return {};
    NetPeer peer;
    peer.protocol = test.protocol;
    peer.port = test.port;
    peer.name = test.name;
    // Without a name an address was asked about.
    peer.address = destination.section(u'/', 0, 0).section(u':', 0, 0);
    return allowCommand(running.box.spec.name, running.box.spec.network, test.reason, peer);
}

Async<int> runTest(CommandContext *context)
{
    const Result<RunningBox> opened = co_await openRunning(context);
    BOXGATE_CO_TRY(opened);
    const QString destination = context->arguments().word("DESTINATION");
    const Result<NetTest> test = co_await opened->handle->testDestination(destination);
    BOXGATE_CO_TRY(test);
    const QString command = nextCommandOf(*opened, destination, *test);
    if (context->arguments().has("json")) {
        QJsonObject object = test->toJson();
        object.insert(QStringLiteral("next_command"), command);
        context->output().printJson(object);
    } else {
        context->output().print(testText(destination, *test, command));
    }
    co_return test->allowed ? 0 : ExitStatus::Blocked;
}

} // namespace

CommandSpec netTestCommandSpec()
{
    CommandSpec spec{"test", "Say whether a box may reach a destination now, and why"};
    spec.details =
        "DESTINATION is HOST[:PORT][/tcp|/udp], by name or by address. The box's own gate judges it, as "
        "it would judge a\n"
        "connection; nothing is sent. Exit status: 0 when it is allowed, 1 when it is blocked, 125 when "
        "that cannot be said.";
    spec.options = Options;
    spec.arguments = Positional;
    spec.examples = Examples;
    spec.function = runTest;
    return spec;
}

} // namespace boxgate::cli
