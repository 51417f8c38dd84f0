#pragma once

#include <QJsonObject>
#include <QList>
#include <QProcess>
#include <QTemporaryDir>

#include <chrono>
#include <memory>

namespace boxgate::test {

/// What a finished command left.
struct Outcome
{
    int exitCode = -1; ///< -1: it did not end in time, or it was killed by a signal
    QByteArray out;
    QByteArray err;

    /// For the message of a failed check.
    QByteArray toBytes() const;
};

/// A home of Boxgate for one test, with the real programs of this build. Nothing of it is left afterwards:
/// the destructor removes every box and kills by its id what still runs under this home.
class RealHome
{
public:
    RealHome();
    ~RealHome();
    Q_DISABLE_COPY_MOVE(RealHome)

    QString path() const { return m_folder.path(); }
    QProcessEnvironment environment() const;

    /// Runs `boxgate ARGUMENTS` to its end.
    Outcome boxgate(const QStringList &arguments, const QByteArray &input = {},
                    std::chrono::milliseconds limit = std::chrono::seconds(120)) const;

    /// Starts `boxgate ARGUMENTS`, or another program of this build, and leaves it running.
    std::unique_ptr<QProcess> start(const QStringList &arguments,
                                    const QString &program = QStringLiteral("boxgate")) const;

    /// What `boxgate inspect NAME` says.
    QJsonObject inspect(const QString &name) const;
    /// The word of its state; empty when there is no such box.
    QString state(const QString &name) const;

    /// The processes that name this home on their command line, by the program's name; all of them when it is
    /// empty.
    QList<qint64> processes(const QString &program = {}) const;

    static QString program(const QString &name);

private:
    QTemporaryDir m_folder;
};

/// Whether the process is there and not a zombie.
bool isAlive(qint64 pid);

} // namespace boxgate::test
