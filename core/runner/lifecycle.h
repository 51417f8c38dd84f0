#pragma once

#include "core/model/boxstate.h"

#include <QObject>

namespace boxgate {

/// The state of one run, and the only place that changes it: next() of core/model decides, this class obeys,
/// logs and tells.
///
/// Thread: the main thread. Lifetime: one run. There is no other flag for "where are we": whoever must know
/// asks state().
class Lifecycle : public QObject
{
    Q_OBJECT

public:
    /// box   the box's name, for the log
    explicit Lifecycle(const QString &box, QObject *parent = nullptr);

    RunState state() const { return m_state; }

    /// Lets event happen.
    /// Returns  false when it is illegal in this state: nothing changes, the log says so
    bool apply(BoxEvent event);

Q_SIGNALS:
    /// After every legal event; from and to may be equal.
    void changed(boxgate::RunState from, boxgate::RunState to);

private:
    const QString m_box;
    RunState m_state = RunState::Preparing;
};

} // namespace boxgate
