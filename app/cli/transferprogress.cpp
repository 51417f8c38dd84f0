#include "app/cli/transferprogress.h"

#include "app/cli/terminal.h"

#include <QtMath>

namespace boxgate::cli {

QString transferText(Bytes done, Bytes total, std::chrono::milliseconds elapsed)
{
    QString text = done.toDisplay();
    if (total > Bytes())
        text += QStringLiteral(" of %1").arg(total.toDisplay());
    const double seconds = double(elapsed.count()) / 1000;
    if (seconds < 0.5 || done == Bytes())
        return text;
    const double rate = double(done.count()) / seconds;
    text += QStringLiteral(", %1").arg(rateToDisplay(rate));
    if (total > done)
        text += QStringLiteral(", %1 s left").arg(qCeil(double(total.count() - done.count()) / rate));
    return text;
}

TransferProgress::TransferProgress(Output *output, const QString &what, Verbosity verbosity)
    : m_output(output)
    , m_what(what)
    , m_isShown(verbosity == Verbosity::Normal && isTerminal(StandardStream::Error))
{
    m_elapsed.start();
}

TransferProgress::~TransferProgress() { clear(); }

void TransferProgress::show(Bytes done, Bytes total)
{
    if (!m_isShown)
        return;
    const QString text = transferText(done, total, std::chrono::milliseconds(m_elapsed.elapsed()));
    m_output->note(QStringLiteral("\r\033[K%1: %2").arg(m_what, text));
    m_isDrawn = true;
}

void TransferProgress::clear()
{
    if (m_isDrawn)
        m_output->note(QStringLiteral("\r\033[K"));
    m_isDrawn = false;
}

} // namespace boxgate::cli
