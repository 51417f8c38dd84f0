#pragma once

#include "core/base/result.h"

#include <QCommandLineParser>
#include <QSize>

#include <chrono>

class QQuickWindow;

namespace boxgate::ui {

/// What the command line says about the window's looks, for screenshots and tests.
struct ScreenshotOptions
{
    QString file; ///< PNG; empty: no screenshot
    QSize size; ///< of the window; invalid: not given
    QString themeMode; ///< "light", "dark" or empty
    QString tab; ///< "overview", "network", "console" or empty
    std::chrono::milliseconds delay{1500}; ///< between the first frame and the picture

    static void declare(QCommandLineParser &parser);
    /// Errors   InvalidArgument: the option that cannot be used
    static Result<ScreenshotOptions> read(const QCommandLineParser &parser);
};

/// Takes the picture once the window has drawn its first frame and the delay has passed, and ends the program
/// with 0, or with 1 when the file cannot be written. Without a file it does nothing.
void scheduleScreenshot(QQuickWindow *window, const ScreenshotOptions &options);

} // namespace boxgate::ui
