#pragma once

#include "core/exposure/hostlistener.h"
#include "core/model/boxsummary.h"
#include "qml/fake/faketraffic.h"

namespace boxgate {

/// One made-up box before it is given life.
struct FakeBox
{
    BoxSummary summary;
    TrafficPattern pattern = TrafficPattern::Idle;
    QByteArray console;
};

/// What a FakeBoxService starts with.
enum class FakeScenario
{
    Showcase, ///< a developer's machine on a working day: each state and each network mode once
    Empty, ///< the first run
    ManyIdle ///< twenty running boxes that do nothing
};

/// The boxes of a scenario, as seen at now; the same now makes the same boxes.
QList<FakeBox> fakeBoxes(FakeScenario scenario, const QDateTime &now);

/// The services of a developer's machine: two of them sensitive.
QList<HostListener> fakeListeners();

/// Console output of a boot with a main command, ANSI colours included.
QByteArray fakeConsole(const QString &name);

/// The id of the box with that number: number 1 is "000000000b01".
BoxId fakeId(int number);

} // namespace boxgate
