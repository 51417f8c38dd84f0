#pragma once

#include "app/cli/output.h"
#include "app/cli/progressline.h"
#include "core/base/bytes.h"

#include <QElapsedTimer>

namespace boxgate::cli {

/// "1.2 GiB of 4 GiB, 85 MB/s, 33 s left". Pure.
/// total   0: not known
QString transferText(Bytes done, Bytes total, std::chrono::milliseconds elapsed);

/// One line on standard error about bytes that move; only on a terminal, and gone afterwards.
class TransferProgress
{
public:
    TransferProgress(Output *output, const QString &what, Verbosity verbosity);
    ~TransferProgress();

    void show(Bytes done, Bytes total = Bytes());
    void clear();

private:
    Output *m_output;
    const QString m_what;
    const bool m_isShown;
    bool m_isDrawn = false;
    QElapsedTimer m_elapsed;
};

} // namespace boxgate::cli
