#include "tests/support/distributionregistry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>

namespace boxgate::test {

namespace {

constexpr int StartLimitMs = 15'000;

QByteArray run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(-1) || process.exitCode() != 0)
        return program.toUtf8() + ": " + process.readAllStandardError() + process.errorString().toUtf8();
    return {};
}

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace

QStringList DistributionRegistry::missingPrograms()
{
    QStringList missing;
    for (const char *program : {"docker-registry", "skopeo", "openssl", "htpasswd"}) {
        if (QStandardPaths::findExecutable(QString::fromLatin1(program)).isEmpty())
            missing.append(QString::fromLatin1(program));
    }
    return missing;
}

DistributionRegistry::DistributionRegistry(Access access)
    : m_access(access)
{
    QByteArray config = "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: "
        + QFile::encodeName(m_folder.filePath(QStringLiteral("data"))) + "\nhttp:\n  addr: 127.0.0.1:0\n";
    if (access == Access::Protected) {
        const QByteArray folder = QFile::encodeName(m_folder.path());
        if (!makeCertificate())
            return;
        const QString accounts = m_folder.filePath(QStringLiteral("htpasswd"));
        if (!run(QStringLiteral("htpasswd"), {"-cbB", accounts, User, Password}).isEmpty())
            return;
        config += "  tls:\n    certificate: " + folder + "/server.pem\n    key: " + folder
            + "/server.key\nauth:\n  htpasswd:\n    realm: gate\n    path: " + folder + "/htpasswd\n";
    }
    const QString file = m_folder.filePath(QStringLiteral("config.yml"));
    write(file, config);
    // Into a file: a pipe that nobody reads any more fills, and then the registry waits for ever.
    const QString log = m_folder.filePath(QStringLiteral("log"));
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setStandardOutputFile(log);
    m_process.start(QStringLiteral("docker-registry"), {"serve", file});
    static const QRegularExpression listening(QStringLiteral("listening on (127\\.0\\.0\\.1:[0-9]+)"));
    QElapsedTimer sinceStart;
    sinceStart.start();
    while (m_host.isEmpty() && sinceStart.elapsed() < StartLimitMs && !m_process.waitForFinished(20)) {
        QFile said(log);
        if (said.open(QIODevice::ReadOnly))
            m_host = listening.match(QString::fromUtf8(said.readAll())).captured(1);
    }
}

DistributionRegistry::~DistributionRegistry()
{
    m_process.kill();
    m_process.waitForFinished();
}

bool DistributionRegistry::makeCertificate() const
{
    const auto path = [this](const char *name) { return m_folder.filePath(QString::fromLatin1(name)); };
    write(path("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    return run(QStringLiteral("openssl"),
               {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test authority",
                "-keyout", path("ca.key"), "-out", path("ca.pem")})
               .isEmpty()
        && run(QStringLiteral("openssl"),
               {"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry", "-keyout",
                path("server.key"), "-out", path("server.csr")})
               .isEmpty()
        && run(QStringLiteral("openssl"),
               {"x509", "-req", "-days", "2", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey",
                path("ca.key"), "-CAcreateserial", "-extfile", path("names"), "-out", path("server.pem")})
               .isEmpty();
}

QByteArray DistributionRegistry::add(const QString &layout, const QString &tag,
                                     const QString &repository) const
{
    QStringList arguments{"copy", "--quiet", "--dest-tls-verify=false"};
    if (m_access == Access::Protected)
        arguments << "--dest-creds"
                  << QStringLiteral("%1:%2").arg(QLatin1String(User), QLatin1String(Password));
    arguments << QStringLiteral("oci:%1:%2").arg(layout, tag)
              << QStringLiteral("docker://%1/%2:%3").arg(m_host, repository, tag);
    return run(QStringLiteral("skopeo"), arguments);
}

} // namespace boxgate::test
