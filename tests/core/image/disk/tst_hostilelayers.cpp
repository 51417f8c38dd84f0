#include <QTest>

#include "core/image/ociwriter.h"
#include "tests/core/image/disk/ext4inspector.h"
#include "tests/core/image/tarbuilder.h"
#include "tests/data/layers/rawtar.h"

#include <QFile>
#include <QTemporaryDir>

#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace boxgate;

namespace {

QByteArray noise(qsizetype size, unsigned seed)
{
    std::mt19937 random(seed);
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &byte : bytes)
        byte = char(random());
    return bytes;
}

/// A gzip of several members in a row, which is one stream.
QByteArray zipped(const QByteArray &bytes)
{
    const Result<QByteArray> packed = packGzip(bytes);
    if (!packed)
        qFatal("cannot compress");
    return *packed;
}

/// Tiny, and a file of that many GiB of zeros once it is unpacked.
QByteArray bomb(int gibi)
{
    RawTar::Header header;
    header.name = "zeros";
    header.size = quint64(gibi) << 30;
    header.isGnu = true;
    const QByteArray part = zipped(QByteArray(64 << 20, '\0'));
    return zipped(RawTar().add(header).unfinished()) + part.repeated(gibi * 16);
}

} // namespace

/// What an image can try against the machine that unpacks it.
class HostileLayersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void damageIsRefused_data();
    void damageIsRefused();
    void flippedBitsAreRefused();
    void deepPathsAreRefused();
    void aBombIsCancelledInAMoment();
    void tenMillionEntriesAreRefused();

private:
    RootDiskBuilder::Job jobOf(const LayerSource &layer) const
    {
        RootDiskBuilder::Job job;
        job.layers = {layer};
        job.identity = Digest::ofBytes("hostile");
        job.minimumSize = RootDiskBuilder::StandardSize;
        return job;
    }
    /// That a build fails with such words in one sentence, and leaves nothing.
    void refuse(const RootDiskBuilder::Job &job, const QString &words);

    QTemporaryDir m_directory;
};

void HostileLayersTest::refuse(const RootDiskBuilder::Job &job, const QString &words)
{
    const QString file = m_directory.filePath(QStringLiteral("refused.ext4"));
    const Result<void> built = RootDiskBuilder({}, {}).build(job, file);
    QVERIFY(!built);
    QCOMPARE(toString(built.error().code), toString(ErrorCode::Corrupt));
    QVERIFY2(built.error().message.contains(words), qPrintable(built.error().message));
    QVERIFY(!built.error().message.contains(QLatin1Char('\n')));
    QVERIFY(!QFile::exists(file));
    QVERIFY(!QFile::exists(RootDiskBuilder::logOf(file)));
}

void HostileLayersTest::damageIsRefused_data()
{
    QTest::addColumn<QByteArray>("blob");
    QTest::addColumn<QString>("words");
    using Filter = TarBuilder::Filter;
    for (const auto &[name, filter] :
         {std::pair{"plain", Filter::None}, {"gzip", Filter::Gzip}, {"zstd", Filter::Zstd}}) {
        TarBuilder tar(TarBuilder::Format::Pax, filter);
        const QByteArray whole = tar.file("a", noise(200'000, 1)).file("b", noise(100'000, 2)).finish();
        for (const int percent : {1, 30, 66, 95})
            QTest::addRow("%s, cut off at %d %%", name, percent)
                << whole.left(whole.size() * percent / 100) << QStringLiteral("damaged");
    }
    // The last byte of contents is missing; the padding alone may.
    const QByteArray tar = RawTar().file("f", noise(700, 3)).unfinished();
    QTest::newRow("contents cut off by one byte") << tar.left(512 + 699) << QStringLiteral("damaged");
    QTest::newRow("cyclic links")
        << TarBuilder().symlink("a", "b/x").symlink("b", "a/x").file("a/f", "x").finish()
        << QStringLiteral("too many symbolic links");
    QTest::newRow("a link to itself as a parent") << TarBuilder().symlink("a", "a").file("a/f", "x").finish()
                                                  << QStringLiteral("too many symbolic links");
    QTest::newRow("hard link to what was whited out")
        << TarBuilder().hardLink("b", "a").finish() << QStringLiteral("does not exist");
    RawTar::Header header;
    header.name = "negative";
    header.size = quint64(-5);
    header.isGnu = true;
    QTest::newRow("a negative size") << RawTar().add(header).finish() << QStringLiteral("damaged");
    header.size = 1ULL << 50;
    QTest::newRow("a petabyte") << RawTar().add(header).finish() << QStringLiteral("larger than 1 TiB");
    QTest::newRow("a petabyte with holes")
        << RawTar().gnuSparse("f", 1LL << 50, 0, "x").finish() << QStringLiteral("larger than 1 TiB");
    QTest::newRow("many large files with holes")
        << RawTar().gnuSparse("f", 200LL << 30, 0, "x").gnuSparse("g", 200LL << 30, 0, "x").finish()
        << QStringLiteral("hold more than");
}

void HostileLayersTest::damageIsRefused()
{
    QFETCH(const QByteArray, blob);
    QFETCH(const QString, words);
    refuse(jobOf(layerOf(m_directory.path(), blob)), words);
}

void HostileLayersTest::flippedBitsAreRefused()
{
    std::mt19937 random(7);
    for (const auto filter : {TarBuilder::Filter::None, TarBuilder::Filter::Gzip, TarBuilder::Filter::Zstd}) {
        TarBuilder tar(TarBuilder::Format::Pax, filter);
        const QByteArray whole = tar.directory("d").file("d/a", noise(20'000, 1)).symlink("l", "d").finish();
        const LayerSource layer = layerOf(m_directory.path(), whole);
        for (int i = 0; i < 60; ++i) {
            QByteArray flipped = whole;
            const auto bit = std::uniform_int_distribution<qsizetype>(0, whole.size() * 8 - 1)(random);
            flipped[bit / 8] = char(flipped[bit / 8] ^ (1 << (bit % 8)));
            QFile file(layer.file);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(flipped) == flipped.size());
            file.close();
            refuse(jobOf(layer), QString());
            if (QTest::currentTestFailed())
                return;
        }
    }
}

void HostileLayersTest::deepPathsAreRefused()
{
    const LayerSource layer =
        layerOf(m_directory.path(), TarBuilder().file(QByteArray("d/").repeated(2000) + "f", "x").finish());
    refuse(jobOf(layer), QStringLiteral("too deep"));
    // Deeper and deeper through links, each of which is short.
    TarBuilder tar;
    QByteArray target = "t";
    for (int i = 0; i < 30; ++i) {
        tar.directory(target + QByteArray("/d").repeated(50));
        tar.symlink("l" + QByteArray::number(i), target + QByteArray("/d").repeated(50));
        target = "l" + QByteArray::number(i);
    }
    refuse(jobOf(layerOf(m_directory.path(), tar.finish())), QStringLiteral("too"));
}

void HostileLayersTest::aBombIsCancelledInAMoment()
{
    const LayerSource layer = layerOf(m_directory.path(), bomb(200));
    QVERIFY(QFileInfo(layer.file).size() < 400 << 20);
    const QString file = m_directory.filePath(QStringLiteral("bomb.ext4"));
    const CancelToken cancel;
    // It would take minutes; whoever asks for progress can end it.
    const auto progress = [&](Bytes, Bytes) { cancel.cancel(); };
    const Result<void> built = RootDiskBuilder(progress, cancel).build(jobOf(layer), file);
    QVERIFY(!built);
    QCOMPARE(toString(built.error().code), toString(ErrorCode::Cancelled));
    QFile::remove(file);
    QFile::remove(layer.file);
}

/// In a process of its own, whose memory is then known.
void HostileLayersTest::tenMillionEntriesAreRefused()
{
    QByteArray blob;
    RawTar::Header header;
    for (int part = 0; part < 100; ++part) {
        RawTar tar;
        for (int i = 0; i < 100'000; ++i) {
            header.name = "directory-" + QByteArray::number(part) + "/file-" + QByteArray::number(i);
            tar.add(header);
        }
        // Beyond the limit the names do not matter, and repeating is faster than compressing.
        const QByteArray packed = zipped(tar.unfinished());
        const int times = part == 24 ? 76 : 1;
        blob += packed.repeated(times);
        part += times - 1;
    }
    const QString layout = m_directory.filePath(QStringLiteral("layout"));
    const Digest digest = Digest::ofBytes(blob);
    OciWriter writer(layout);
    const auto layer = writer.addBlob(blob, mediatype::LayerGzip);
    QVERIFY(layer);
    QVERIFY(writer.finish(ImageConfig(), QStringLiteral("many")));

    const QString file = m_directory.filePath(QStringLiteral("many.ext4"));
    const pid_t child = ::fork();
    if (child == 0) {
        const Result<void> built = RootDiskBuilder({}, {}).build(
            jobOf({layout + QStringLiteral("/blobs/sha256/") + digest.hex(), digest, {}}), file);
        const bool isRefused = !built && built.error().code == ErrorCode::Corrupt
            && built.error().message.contains(QStringLiteral("one file too many"));
        ::_exit(isRefused ? 0 : 1);
    }
    int status = 0;
    struct rusage usage
    { };
    QCOMPARE(::wait4(child, &status, 0, &usage), child);
    QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    QVERIFY(!QFile::exists(file));
    qInfo("peak memory: %ld MiB", usage.ru_maxrss / 1024);
    QVERIFY(usage.ru_maxrss / 1024 < 1024);
}

QTEST_GUILESS_MAIN(HostileLayersTest)
#include "tst_hostilelayers.moc"
