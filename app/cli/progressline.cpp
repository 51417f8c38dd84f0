#include "app/cli/progressline.h"

#include "app/cli/terminal.h"

namespace boxgate::cli {

namespace {

QString meaningOf(const RunnerState &state)
{
    switch (state.stage) {
    case StartStage::Preparing:
        return QStringLiteral("preparing its disk");
    case StartStage::Booting:
        return QStringLiteral("booting (%1)").arg(state.accelerator);
    case StartStage::Configuring:
        return QStringLiteral("setting up the guest");
    case StartStage::Ready:
        break;
    }
    return {};
}

} // namespace

ProgressLine::ProgressLine(Output *output, const QString &boxName, Verbosity verbosity)
    : m_output(output)
    , m_name(boxName)
    , m_isShown(verbosity == Verbosity::Normal && isTerminal(StandardStream::Error))
{ }

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const RunnerState &state)
{
    const QString meaning = state.state == BoxState::Starting ? meaningOf(state) : QString();
    if (meaning.isEmpty()) {
        clear();
        return;
    }
    const QString text = QStringLiteral("Box %1: %2 ...").arg(m_name, meaning);
    if (!m_isShown || text == m_text)
        return;
    m_text = text;
    // Return to the first column, and clear to the end of the line (ECMA-48 EL).
    m_output->note(QStringLiteral("\r\033[K") + text);
}

void ProgressLine::clear()
{
    if (m_isShown && !m_text.isEmpty())
        m_output->note(QStringLiteral("\r\033[K"));
    m_text.clear();
}

} // namespace boxgate::cli
