#pragma once

#include "core/base/taskscope.h"

#include <array>
#include <span>

namespace boxgate::cli {

/// Where the completion of a value takes its words from.
enum class Words
{
    None, ///< nothing to offer: free text
    Boxes,
    RunningBoxes,
    EndedBoxes, ///< boxes without a runner
    Images,
    Files,
    Directories,
    Verbs,
    Rules, ///< those of the box that the command line names
    Ports, ///< likewise, as published
    Snapshots ///< likewise
};

/// One option of a command. Text is English, without markup.
struct OptionSpec
{
    const char *name = ""; ///< long form without the dashes
    char letter = 0; ///< short form; 0: none
    const char *value =
        nullptr; ///< what stands for the value in the help; "a|b|c" offers these words; nullptr: a switch
    const char *help = "";
    Words words = Words::None;
};

enum class Arity
{
    One,
    Optional,
    OneOrMore,
    Rest ///< everything from here on, options too, as it is: a command for the box
};

/// One positional argument of a command.
struct ArgumentSpec
{
    const char *name; ///< "BOX"; "a|b|c" offers these words
    Arity arity = Arity::One;
    Words words = Words::None;
};

struct ExampleSpec
{
    const char *line;
    const char *meaning;
};

class CommandContext;

/// What a verb does. Returns the exit status; an Error is printed and becomes a status by exitStatusOf().
using CommandFunction = Async<int> (*)(CommandContext *context);

/// One verb: parsing, help and completion all come from this table, so they cannot disagree.
struct CommandSpec
{
    const char *verb;
    const char *summary; ///< one line, in the imperative
    const char *details = ""; ///< paragraphs for `boxgate help VERB`
    std::span<const OptionSpec> options{};
    std::span<const ArgumentSpec> arguments{};
    std::span<const ExampleSpec> examples{};
    std::span<const CommandSpec> subcommands{}; ///< then the verb takes one of them and nothing else
    CommandFunction function = nullptr;
    bool isHidden = false; ///< not listed: for scripts of ours
};

/// One table of options after the other, for commands that share some.
template <std::size_t A, std::size_t B>
constexpr std::array<OptionSpec, A + B> joined(const std::array<OptionSpec, A> &first,
                                               const std::array<OptionSpec, B> &second)
{
    std::array<OptionSpec, A + B> all{};
    for (std::size_t i = 0; i < A; ++i)
        all[i] = first[i];
    for (std::size_t i = 0; i < B; ++i)
        all[A + i] = second[i];
    return all;
}

/// What every command understands besides its own options.
std::span<const OptionSpec> sharedOptions();

} // namespace boxgate::cli
