#pragma once

#include "core/base/descriptor.h"

#include <QList>
#include <QObject>
#include <QSocketNotifier>

#include <memory>
#include <optional>

namespace boxgate::cli {

/// Brings signals of this process into the event loop. While it lives they have no other effect.
///
/// Thread: the main thread, the only one.
class SignalSource : public QObject
{
    Q_OBJECT

public:
    explicit SignalSource(const QList<int> &signalNumbers, QObject *parent = nullptr);
    ~SignalSource() override;

    /// The first one that came, also before anybody listened.
    const std::optional<int> &first() const { return m_first; }

Q_SIGNALS:
    void received(int signalNumber);

private:
    void readPending();

    const QList<int> m_numbers;
    std::optional<int> m_first;
    Descriptor m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace boxgate::cli
