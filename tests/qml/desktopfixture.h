#pragma once

#include "qml/app/desktopwindow.h"
#include "qml/fake/fakeboxservice.h"

#include <QTemporaryDir>

namespace boxgate {

/// The whole desktop on made-up boxes whose clock the test turns by hand and whose actions take no time.
struct DesktopFixture
{
    explicit DesktopFixture(FakeScenario scenario)
        : service({.scenario = scenario,
                   .latency = std::chrono::milliseconds(5),
                   .clock = FakeBoxService::Clock::Manual})
        , desktop(
              &service,
              {home.filePath(QStringLiteral("desktop.ini")), QStringLiteral("light"), QSize(1280, 800), {}})
    { }

    QTemporaryDir home;
    FakeBoxService service;
    ui::DesktopWindow desktop;
};

} // namespace boxgate
