#pragma once

#include <QProcess>
#include <QTemporaryDir>

namespace boxgate::test {

/// The distribution's registry (package docker-registry) on a port of loopback, empty at first, gone with the
/// object.
class DistributionRegistry
{
public:
    enum class Access
    {
        Open, ///< plain HTTP, for everybody
        Protected ///< TLS with a certificate of an authority of its own, and basic authentication
    };
    static constexpr auto User = "gate";
    static constexpr auto Password = "let me in";

    explicit DistributionRegistry(Access access = Access::Open);
    ~DistributionRegistry();
    Q_DISABLE_COPY_MOVE(DistributionRegistry)

    /// "127.0.0.1:40123"; empty: it does not run
    QString host() const { return m_host; }
    /// PEM file of the authority that its clients are to trust.
    QString authority() const { return m_folder.filePath(QStringLiteral("ca.pem")); }

    /// Puts an image of an OCI layout there, with skopeo.
    /// Returns  what skopeo complained of, empty when it is there
    QByteArray add(const QString &layout, const QString &tag, const QString &repository) const;

    /// The programs this needs, those that are missing.
    static QStringList missingPrograms();

private:
    bool makeCertificate() const;

    QTemporaryDir m_folder;
    QProcess m_process;
    QString m_host;
    Access m_access;
};

} // namespace boxgate::test
