#pragma once

#include "app/cli/argumentparser.h"
#include "app/cli/output.h"
#include "core/client/boxdisks.h"
#include "core/client/boxoperations.h"
#include "core/client/imageoperations.h"

#include <functional>
#include <memory>

namespace boxgate::cli {

/// What a command works with: its arguments, its output and, once opened, the boxes.
///
/// Thread: the main thread. Lifetime: main()'s; outlives the command.
class CommandContext
{
public:
    CommandContext(CommandLine line, std::span<const CommandSpec> commands);

    const Arguments &arguments() const { return m_line.arguments; }
    const CommandLine &line() const { return m_line; }
    std::span<const CommandSpec> commands() const { return m_commands; }
    Output &output() { return m_output; }

    /// Finds the home, makes its directories and opens the store. Commands that need no box do not call it.
    Result<void> open();
    /// open(), and the box that the argument BOX names.
    Result<BoxSummary> openBox();
    /// Finds the home and makes nothing.
    Result<Paths> locate() const;

    // After open():
    const Paths &paths() const { return *m_paths; }
    BoxStore &store() { return *m_store; }
    const BoxDirectory &directory() const { return m_operations->directory(); }
    BoxOperations &operations() { return *m_operations; }
    const ImageOperations &images() const { return *m_images; }
    BoxDisks &disks() { return *m_disks; }

private:
    const CommandLine m_line;
    const std::span<const CommandSpec> m_commands;
    Output m_output;
    std::optional<Paths> m_paths;
    std::unique_ptr<BoxStore> m_store;
    std::unique_ptr<BoxOperations> m_operations;
    std::unique_ptr<ImageOperations> m_images;
    std::unique_ptr<BoxDisks> m_disks;
};

using BoxAction = std::function<Async<void>(BoxSummary box)>;

/// Does action with every box that the argument BOX names, all at the same time; prints the name of each with
/// which it succeeded and complains about the others. Returns  0, or 125 when any failed
Async<int> withEachBox(CommandContext *context, BoxAction action);

} // namespace boxgate::cli
