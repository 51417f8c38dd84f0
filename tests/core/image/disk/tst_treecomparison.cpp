#include <QTest>

#include "core/image/ocilayout.h"
#include "core/image/ociwriter.h"
#include "tests/core/image/disk/ext4inspector.h"
#include "tests/core/image/disk/treelisting.h"
#include "tests/data/layers/nastylayers.h"

#include "core/image/disk/rootdiskbuilder.h"

#include <QProcess>
#include <QTemporaryDir>

#include <unistd.h>

using namespace boxgate;

namespace {

struct Output
{
    int exitCode = -1;
    QByteArray text;
    QByteArray errors;
};

Output run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(-1))
        return {-1, {}, process.errorString().toLocal8Bit()};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

/// QDir cannot remove names that are no UTF-8.
void removeAll(const QString &directory) { run(QStringLiteral("rm"), {QStringLiteral("-rf"), directory}); }

void unpack(const QString &layout, const QString &tag, const QString &directory)
{
    const Output done = run(QStringLiteral("umoci"),
                            {QStringLiteral("raw"), QStringLiteral("unpack"), QStringLiteral("--image"),
                             layout + QLatin1Char(':') + tag, directory});
    QVERIFY2(done.exitCode == 0, done.errors);
}

} // namespace

/// Our root disk beside what umoci unpacks of the same image, file by file.
class TreeComparisonTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void sameAsUmoci_data();
    void sameAsUmoci();
    void realImages_data();
    void realImages();
    void aDifferenceIsSeen();

private:
    /// Builds with both sizes of disk: the one that reads each layer once, and the other.
    void build(const QString &layout, const QString &tag, QList<TreeListing> &listings);
    QString layoutOf(const QList<QByteArray> &tars);

    QTemporaryDir m_directory;
    int m_next = 0;
};

void TreeComparisonTest::initTestCase()
{
    if (::geteuid() != 0)
        QSKIP("umoci keeps owners and devices for root alone");
    QVERIFY2(run(QStringLiteral("umoci"), {QStringLiteral("--version")}).exitCode == 0, "umoci is missing");
}

QString TreeComparisonTest::layoutOf(const QList<QByteArray> &tars)
{
    const QString directory = m_directory.filePath(QStringLiteral("layout%1").arg(m_next++));
    OciWriter writer(directory);
    for (const QByteArray &tar : tars) {
        if (!writer.addLayer(tar))
            qFatal("cannot write a layer");
    }
    ImageConfig config;
    if (!writer.finish(config, QStringLiteral("nasty")))
        qFatal("cannot write a layout");
    return directory;
}

void TreeComparisonTest::build(const QString &directory, const QString &tag, QList<TreeListing> &listings)
{
    const auto layout = OciLayout::open(directory);
    QVERIFY(layout);
    const auto image = layout->find(OciLayout::hostArchitecture(), tag);
    QVERIFY2(image, image ? "" : qPrintable(image.error().message));
    RootDiskBuilder::Job job;
    job.identity = image->digest;
    for (qsizetype i = 0; i < image->manifest.layers.size(); ++i) {
        const Digest &digest = image->manifest.layers[i].digest;
        job.layers.append({layout->blobPath(digest), digest, image->config.diffIds.value(i)});
    }
    for (const Bytes minimum : {Bytes(), RootDiskBuilder::StandardSize}) {
        job.minimumSize = minimum;
        const QString file = m_directory.filePath(QStringLiteral("disk%1.ext4").arg(m_next++));
        const Result<void> built = RootDiskBuilder({}, {}).build(job, file);
        QVERIFY2(built, built ? "" : qPrintable(built.error().message + built.error().detail));
        const Ext4Inspector disk(file);
        QVERIFY2(disk.complaints().isEmpty(), disk.complaints());
        listings.append(listExt4(file));
        QFile::remove(file);
    }
}

void TreeComparisonTest::sameAsUmoci_data()
{
    QTest::addColumn<int>("index");
    const QList<NastyImage> images = nastyImages();
    for (int i = 0; i < images.size(); ++i)
        QTest::newRow(images[i].name) << i;
}

void TreeComparisonTest::sameAsUmoci()
{
    QFETCH(const int, index);
    const NastyImage image = nastyImages().at(index);
    const QString layout = layoutOf(image.layers);
    QList<TreeListing> ours;
    build(layout, QStringLiteral("nasty"), ours);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(differences(ours[0], ours[1]), QList<QByteArray>());
    for (const NastyImage::Fact &fact : image.facts) {
        const auto found = ours[0].find(fact.path);
        QVERIFY2((found == ours[0].end()) == (fact.word == "-"), fact.path);
        if (fact.word != "-")
            QCOMPARE(found->second.value(fact.word), fact.value);
    }

    const QString bundle = m_directory.filePath(QStringLiteral("bundle%1").arg(m_next++));
    unpack(image.forUmoci.isEmpty() ? layout : layoutOf(image.forUmoci), QStringLiteral("nasty"), bundle);
    QList<QByteArray> lines = differences(ours[0], listDirectory(bundle));
    removeAll(bundle);
    for (const QByteArray &known : image.umociDiffers)
        lines.removeIf([&](const QByteArray &line) { return line.startsWith(known); });
    QVERIFY2(lines.isEmpty(), lines.join('\n'));
}

void TreeComparisonTest::realImages_data()
{
    QTest::addColumn<QString>("tag");
    for (const char *tag : {"debian", "python", "layers"})
        QTest::newRow(tag) << QString::fromLatin1(tag);
}

void TreeComparisonTest::realImages()
{
    QFETCH(const QString, tag);
    const Output made = run(QStringLiteral(BOXGATE_SOURCE_DIR "/tests/support/images"), {});
    QVERIFY2(made.exitCode == 0, made.errors);
    const QString layout = QString::fromLocal8Bit(made.text).trimmed();
    QList<TreeListing> ours;
    build(layout, tag, ours);
    if (QTest::currentTestFailed())
        return;
    const QString bundle = m_directory.filePath(QStringLiteral("bundle%1").arg(m_next++));
    unpack(layout, tag, bundle);
    const TreeListing theirs = listDirectory(bundle);
    removeAll(bundle);
    QVERIFY2(theirs.size() > 1000, "that is no Debian");
    for (const TreeListing &listing : ours) {
        QList<QByteArray> lines = differences(listing, theirs);
        // Where a layer does not name all parents, umoci changes the time of one that was there.
        lines.removeIf([](const QByteArray &line) { return line.startsWith("/srv mtime"); });
        QVERIFY2(lines.isEmpty(), lines.mid(0, 100).join('\n'));
    }
}

/// The control: a listing finds what one wrong bit of each kind would be.
void TreeComparisonTest::aDifferenceIsSeen()
{
    const QString layout = layoutOf({nastyImages().first().layers});
    QList<TreeListing> ours;
    build(layout, QStringLiteral("nasty"), ours);
    TreeListing other = ours[0];
    other["/etc/kept"]["mode"] = "600";
    other.erase("/etc/changed");
    other["/new"] = {};
    QCOMPARE(differences(ours[0], other),
             (QList<QByteArray>{"/etc/kept mode: 644, expected 600", "/new is missing",
                                "/etc/changed is too much"}));
}

QTEST_GUILESS_MAIN(TreeComparisonTest)
#include "tst_treecomparison.moc"
