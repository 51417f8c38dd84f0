#pragma once

#include "app/cli/output.h"
#include "core/control/controlmessages.h"

namespace boxgate::cli {

/// How much a command says besides its result.
enum class Verbosity
{
    Normal,
    Quiet
};

/// One line on standard error that says how far a start is; only on a terminal, and gone afterwards.
class ProgressLine
{
public:
    ProgressLine(Output *output, const QString &boxName, Verbosity verbosity);
    ~ProgressLine();

    void show(const RunnerState &state);
    void clear();

private:
    Output *m_output;
    const QString m_name;
    const bool m_isShown;
    QString m_text;
};

} // namespace boxgate::cli
