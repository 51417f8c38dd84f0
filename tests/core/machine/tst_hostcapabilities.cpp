#include "core/machine/hostcapabilities.h"
#include "core/machine/hosttsc.h"

#include <QCoroTask>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

namespace {

bool write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

} // namespace

class TestHostCapabilities : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("BOXGATE_CACHE", QFile::encodeName(m_folder->filePath(QStringLiteral("shared"))));
        qputenv("BOXGATE_SHARE", QFile::encodeName(m_folder->filePath(QStringLiteral("share"))));
        qunsetenv("BOXGATE_KERNEL");
        QVERIFY(QDir(m_folder->path()).mkpath(QStringLiteral("share")));
        QVERIFY(write(m_folder->filePath(QStringLiteral("share/initramfs.cpio")), "x"));
        const Result<Paths> paths = Paths::locate(m_folder->filePath(QStringLiteral("home")));
        QVERIFY(paths);
        m_paths.emplace(*paths);
        QVERIFY(m_paths->prepare());
    }

    void findsTheKernelBuiltLast()
    {
        const QString folder = m_paths->kernels() + QStringLiteral("/0123");
        QVERIFY(QDir().mkpath(folder));
        const QString name =
            hostArchitecture() == Architecture::Arm64 ? QStringLiteral("/Image") : QStringLiteral("/vmlinux");
        QVERIFY(write(folder + name, "kernel"));
        const HostCapabilities before = detect();
        QVERIFY2(before.kernel.isEmpty(), "without the link no kernel is the current one");
        QVERIFY(before.problems.join(QLatin1Char('\n')).contains(QLatin1String("installer/dev kernel")));

        QVERIFY(QFile::link(QStringLiteral("0123"),
                            m_paths->kernels() + QStringLiteral("/current-") + toString(hostArchitecture())));
        const HostCapabilities host = detect();
        QCOMPARE(host.kernel, folder + name);
        QCOMPARE(host.kernelIdentity, QStringLiteral("0123"));
        QVERIFY(host.memory > Bytes::fromMebi(128));
        QVERIFY(host.cpus >= 1);
        QVERIFY(!host.hostKernel.isEmpty());
    }

    void anotherKernelByTheEnvironment()
    {
        const QString kernel = m_folder->filePath(QStringLiteral("mine"));
        qputenv("BOXGATE_KERNEL", QFile::encodeName(kernel));
        const QStringList problems = detect().problems;
        QVERIFY(problems.join(QLatin1Char('\n')).contains(QLatin1String("BOXGATE_KERNEL=")));
        QVERIFY(write(kernel, "kernel"));
        const HostCapabilities host = detect();
        QCOMPARE(host.kernel, kernel);
        QVERIFY(write(kernel, "another kernel"));
        QVERIFY(detect().kernelIdentity != host.kernelIdentity);
    }

    void aMissingInitramfsIsAProblem()
    {
        QVERIFY(QFile::remove(m_folder->filePath(QStringLiteral("share/initramfs.cpio"))));
        QVERIFY(
            detect().problems.join(QLatin1Char('\n')).contains(QLatin1String("initramfs.cpio is missing")));
    }

    void theCounterIsMeasuredOnce()
    {
        if (hostArchitecture() != Architecture::X86_64)
            QSKIP("only x86-64 has the counter");
        const int measured = hostTscKilohertz(m_folder->path());
        QVERIFY2(measured > 100'000 && measured < 20'000'000, qPrintable(QString::number(measured)));
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(hostTscKilohertz(m_folder->path()), measured);
        QVERIFY2(timer.elapsed() < 9, "the second time is read from the file");

        const QTemporaryDir other;
        const int again = hostTscKilohertz(other.path());
        QVERIFY2(std::abs(again - measured) < measured / 1000, "two measurements differ by less than 0.1 %");

        QVERIFY(write(m_folder->filePath(QStringLiteral("tsc.json")),
                      "{\"boot\": \"another\", \"kilohertz\": 5}"));
        QVERIFY2(hostTscKilohertz(m_folder->path()) > 100'000, "another boot of the host measures again");
    }

private:
    HostCapabilities detect() { return QCoro::waitFor(HostCapabilities::detect(*m_paths)); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::optional<Paths> m_paths;
};

QTEST_GUILESS_MAIN(TestHostCapabilities)
#include "tst_hostcapabilities.moc"
