#include <QTest>

#include "core/image/ociwriter.h"
#include "tests/core/image/disk/ext4inspector.h"
#include "tests/core/image/tarbuilder.h"

#include <QCryptographicHash>
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>

#include <random>

using namespace boxgate;

namespace {

constexpr int Kills = 20;
constexpr int Layers = 6;
const QString Program = QStringLiteral(BOXGATE_TEST_PROGRAMS "/rootdisk");

QByteArray noise(qsizetype size, unsigned seed)
{
    std::mt19937 random(seed);
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &byte : bytes)
        byte = char(random());
    return bytes;
}

/// Files that stay, files that the next layer replaces, and holes.
QByteArray layer(unsigned number)
{
    TarBuilder tar;
    const QByteArray own = "layer-" + QByteArray::number(number);
    tar.directory("d")
        .file("d/" + own, noise(4 << 20, number))
        .file("replaced", noise(2 << 20, number + 100));
    for (unsigned i = 0; i < 300; ++i)
        tar.file(own + '-' + QByteArray::number(i), noise(i * 40, i));
    tar.sparse("d/sparse-" + QByteArray::number(number), 5 << 20, 1 << 20, noise(8192, number));
    return tar.finish();
}

QByteArray hashOf(const QString &path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return hash.result().toHex();
}

} // namespace

/// A builder that is killed, as by a power button that leaves the kernel running.
class DiskKillsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void theNextTryFinishes_data();
    void theNextTryFinishes();
    void aDamagedLogIsForgotten();

private:
    /// The finished disk's name; empty when it failed.
    QString build(const QString &home) const;
    QStringList filesIn(const QString &home) const;
    QStringList arguments(const QString &home) const;

    QTemporaryDir m_directory;
    QString m_layout;
    QByteArray m_expected;
    qint64 m_duration = 0; ///< of a build that nobody kills, in milliseconds
};

QStringList DiskKillsTest::arguments(const QString &home) const
{
    // A small disk: hashing 10 GiB would take longer than all the rest.
    return {m_layout, QStringLiteral("killed"), home, QStringLiteral("1000")};
}

QString DiskKillsTest::build(const QString &home) const
{
    QProcess process;
    process.start(Program, arguments(home));
    process.waitForFinished(-1);
    if (process.exitCode() != 0)
        qWarning("%s", process.readAllStandardError().constData());
    return QString::fromLocal8Bit(process.readAllStandardOutput()).trimmed();
}

QStringList DiskKillsTest::filesIn(const QString &home) const
{
    return QDir(home + QStringLiteral("/cache/rootdisks")).entryList(QDir::Files, QDir::Name);
}

void DiskKillsTest::initTestCase()
{
    m_layout = m_directory.filePath(QStringLiteral("layout"));
    OciWriter writer(m_layout);
    for (unsigned i = 0; i < Layers; ++i)
        QVERIFY(writer.addLayer(layer(i)));
    QVERIFY(writer.finish(ImageConfig(), QStringLiteral("killed")));
    const QString home = m_directory.filePath(QStringLiteral("home"));
    QElapsedTimer timer;
    timer.start();
    const QString disk = build(home);
    m_duration = timer.elapsed();
    QVERIFY(!disk.isEmpty());
    m_expected = hashOf(disk);
    QCOMPARE(Ext4Inspector(disk).complaints(), QByteArray());
}

void DiskKillsTest::theNextTryFinishes_data()
{
    QTest::addColumn<qint64>("milliseconds");
    std::mt19937 random(std::random_device{}());
    for (int i = 0; i < Kills; ++i) {
        const qint64 moment = std::uniform_int_distribution<qint64>(0, m_duration)(random);
        QTest::addRow("kill %d after %lld of %lld ms", i, moment, m_duration) << moment;
    }
}

void DiskKillsTest::theNextTryFinishes()
{
    QFETCH(const qint64, milliseconds);
    const QString home =
        m_directory.filePath(QStringLiteral("killed-%1").arg(QLatin1String(QTest::currentDataTag())));
    QProcess process;
    process.start(Program, arguments(home));
    QVERIFY(process.waitForStarted());
    process.waitForFinished(int(milliseconds));
    process.kill();
    process.waitForFinished(-1);
    const QString disk = build(home);
    QCOMPARE(hashOf(disk), m_expected);
    QCOMPARE(Ext4Inspector(disk).complaints(), QByteArray());
    const QString name = QFileInfo(disk).fileName();
    QCOMPARE(filesIn(home), (QStringList{name, name + QStringLiteral(".lock")}));
    QDir(home).removeRecursively();
}

/// A log of an unfinished build decides about what is kept of it: it is not believed without a look.
void DiskKillsTest::aDamagedLogIsForgotten()
{
    const QString home = m_directory.filePath(QStringLiteral("damaged"));
    QProcess process;
    process.start(Program, arguments(home));
    const auto logs = [&] { return filesIn(home).filter(QStringLiteral(".log")); };
    const auto path = [&](const QString &name) { return home + QStringLiteral("/cache/rootdisks/") + name; };
    QTRY_VERIFY(!logs().isEmpty() && QFileInfo(path(logs().first())).size() > 20'000);
    process.kill();
    process.waitForFinished(-1);
    QVERIFY(!logs().isEmpty());
    QFile log(path(logs().first()));
    QVERIFY(log.open(QIODevice::ReadWrite));
    QVERIFY(log.seek(10'000));
    log.write(QByteArray(2000, 'x'));
    log.close();
    QCOMPARE(hashOf(build(home)), m_expected);
}

QTEST_GUILESS_MAIN(DiskKillsTest)
#include "tst_diskkills.moc"
