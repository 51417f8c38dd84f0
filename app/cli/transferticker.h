#pragma once

#include "app/cli/commandcontext.h"
#include "app/cli/transferprogress.h"

#include <QTimer>

namespace boxgate::cli {

/// Shows how far a worker's transfer is, as the command's --quiet and --json say: a line on a terminal that
/// goes afterwards, JSON lines on standard output, nothing elsewhere. Thread: the main thread.
class TransferTicker
{
public:
    TransferTicker(CommandContext *context, const QString &what, std::shared_ptr<ImageTransferCount> count);

    /// Takes the line away.
    void end();

private:
    void tick();

    Output *m_output;
    const bool m_isJson;
    TransferProgress m_line;
    const std::shared_ptr<ImageTransferCount> m_count;
    QTimer m_timer;
};

} // namespace boxgate::cli
