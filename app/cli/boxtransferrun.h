#pragma once

#include "app/cli/commandcontext.h"
#include "app/cli/signalsource.h"
#include "app/cli/transferprogress.h"
#include "core/client/boxtransfer.h"

#include <QTimer>

namespace boxgate::cli {

/// What an export and an import show while they work: a line of progress; signals cancel them.
class TransferRun
{
public:
    TransferRun(CommandContext *context, const QString &what);

    std::shared_ptr<TransferCount> count() const { return m_count; }
    /// The work is over. Returns the exit status when a signal ended it.
    std::optional<int> finish();

private:
    std::shared_ptr<TransferCount> m_count = std::make_shared<TransferCount>();
    TransferProgress m_progress;
    SignalSource m_signals;
    QTimer m_timer;
};

} // namespace boxgate::cli
