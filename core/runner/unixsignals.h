#pragma once

#include "core/base/descriptor.h"

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace boxgate {

/// SIGTERM, SIGINT and SIGHUP as a Qt signal; SIGPIPE is ignored.
/// Thread: the main thread. One per process; the signals are blocked for every thread made after it.
/// Source   signalfd(2)
class UnixSignals : public QObject
{
    Q_OBJECT

public:
    explicit UnixSignals(QObject *parent = nullptr);
    ~UnixSignals() override;

Q_SIGNALS:
    void received(int signal);

private:
    void read();

    Descriptor m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace boxgate
