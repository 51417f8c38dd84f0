#include "core/machine/program.h"

#include "core/base/pendingreply.h"

#include <QProcess>
#include <QProcessEnvironment>

namespace boxgate {

namespace {

constexpr qsizetype MaxOutputBytes = 64 * 1024;

Error startError(const QString &program, const QProcess &process)
{
    return Error{
        ErrorCode::NotFound, QStringLiteral("Cannot start %1: %2").arg(program, process.errorString()), {}};
}

ProgramOutput outputOf(QProcess &process)
{
    ProgramOutput result;
    result.exitCode =
        process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128 + process.exitCode();
    result.output = process.readAllStandardOutput().left(MaxOutputBytes);
    result.errors = process.readAllStandardError().left(MaxOutputBytes);
    return result;
}

} // namespace

Async<ProgramOutput> runProgram(QString program, QStringList arguments, std::chrono::milliseconds limit)
{
    const Error tooLate{
        ErrorCode::Timeout,
        QStringLiteral("%1 did not end within %2 s").arg(program).arg(double(limit.count()) / 1000),
        {}};
    const PendingReply<bool> ended(limit, tooLate);
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    QObject::connect(&process, &QProcess::finished, &process, [&ended] { ended.deliver(true); });
    QObject::connect(&process, &QProcess::errorOccurred, &process, [&](QProcess::ProcessError problem) {
        if (problem == QProcess::FailedToStart)
            ended.deliver(fail(startError(program, process)));
    });
    process.start(program, arguments);
    const Result<bool> outcome = co_await ended;
    process.disconnect();
    if (!outcome) {
        process.kill();
        process.waitForFinished(1000);
        co_return fail(outcome.error());
    }
    co_return outputOf(process);
}

} // namespace boxgate
