#pragma once

#include "core/base/descriptor.h"

#include <QList>
#include <QObject>
#include <QSocketNotifier>

#include <memory>

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

Q_SIGNALS:
    void received(int signalNumber);

private:
    void readPending();

    const QList<int> m_numbers;
    Descriptor m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace boxgate::cli
