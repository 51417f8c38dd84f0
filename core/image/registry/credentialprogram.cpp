#include "core/image/registry/credentialprogram.h"

#include "core/base/pendingreply.h"
#include "core/image/registry/dockerconfig.h"

#include <QProcess>
#include <QStandardPaths>

#include <memory>

namespace boxgate {

namespace {

constexpr std::chrono::seconds AnswerLimit{20};
constexpr qint64 MaxAnswerBytes = 64 * 1024;

} // namespace

Async<Credentials> askCredentialProgram(QString name, QString server)
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("docker-credential-") + name);
    if (program.isEmpty())
        co_return fail(ErrorCode::NotFound, QStringLiteral("There is no docker-credential-%1").arg(name));
    const Error silent{
        ErrorCode::Timeout, QStringLiteral("docker-credential-%1 does not answer").arg(name), {}};
    const PendingReply<int> ended(AnswerLimit, silent);
    const auto process = std::make_unique<QProcess>();
    QByteArray answer;
    process->setStandardErrorFile(QProcess::nullDevice());
    QObject::connect(process.get(), &QProcess::readyReadStandardOutput, process.get(),
                     [helper = process.get(), &answer] {
                         answer += helper->readAllStandardOutput().left(MaxAnswerBytes + 1 - answer.size());
                     });
    QObject::connect(process.get(), &QProcess::finished, process.get(),
                     [ended](int code, QProcess::ExitStatus status) {
                         ended.deliver(status == QProcess::NormalExit ? code : -1);
                     });
    QObject::connect(process.get(), &QProcess::errorOccurred, process.get(),
                     [ended](QProcess::ProcessError) { ended.deliver(-1); });
    process->start(program, {QStringLiteral("get")});
    process->write(server.toUtf8());
    process->closeWriteChannel();
    const Result<int> code = co_await ended;
    process->disconnect();
    if (!code || *code != 0) {
        if (process->state() != QProcess::NotRunning) {
            process->kill();
            process->waitForFinished(1000);
        }
        BOXGATE_CO_TRY(code);
        co_return fail(ErrorCode::NotFound,
                       QStringLiteral("docker-credential-%1 knows no login for %2").arg(name, server));
    }
    answer += process->readAllStandardOutput();
    const Result<Credentials> login = parseHelperAnswer(answer);
    co_return login;
}

} // namespace boxgate
