#include "core/client/imageoperations.h"
#include "tests/core/image/store/storefixture.h"

#include <QTest>

#include <QDir>
#include <QTemporaryDir>

using namespace boxgate;

namespace {

/// A home with two images that share a layer, and another image.
struct ImageHome
{
    QTemporaryDir folder;
    Paths paths = pathsOf(folder.path());
    std::unique_ptr<BoxStore> boxes = std::move(*BoxStore::open(paths.database()));
    ImageStore store{paths};
    ImageOperations images{paths, boxes.get()};

    StoredImage add(const QString &name, const QList<QByteArray> &layers, int day)
    {
        StoredImage image = addImage(store, name, layers);
        image.added = QDateTime(QDate(2026, 1, day), QTime(0, 0), Qt::UTC);
        if (!store.setName(image))
            qFatal("no name");
        return image;
    }

    ImageHome()
    {
        add(QStringLiteral("old:1"), {noise(10'000, 1), noise(30'000, 2)}, 1);
        add(QStringLiteral("new:1"), {noise(10'000, 1), noise(20'000, 3)}, 2);
        add(QStringLiteral("other:1"), {noise(5'000, 4)}, 3);
    }

    void addBox(const char *name, const char *image)
    {
        BoxSpec spec;
        spec.name = QString::fromLatin1(name);
        spec.image = *ImageRef::parse(QString::fromLatin1(image));
        if (!boxes->insert(BoxId::random(), spec, QDateTime::currentDateTimeUtc()))
            qFatal("no box");
    }

    ImageUsage find(const char *name) const { return images.find(QString::fromLatin1(name)).value(); }
    /// Waits for it.
    Result<PruneReport> prune(PruneRequest::Names names,
                              PruneRequest::Run run = PruneRequest::Run::Real) const
    {
        PruneRequest request;
        request.names = names;
        request.run = run;
        return QCoro::waitFor(images.prune(request));
    }
    QStringList names() const
    {
        QStringList names;
        const auto stored = store.list();
        for (const StoredImage &image : *stored)
            names.append(image.ref.toString());
        return names;
    }
};

QStringList textOf(const QList<ImageRef> &refs)
{
    QStringList names;
    for (const ImageRef &ref : refs)
        names.append(ref.toString());
    return names;
}

} // namespace

class TestImageOperations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatIsShared();
    void findsImages_data();
    void findsImages();
    void doesNotRemoveWhatABoxUses();
    void pruneGivesBackWhatNothingUses();
    void pruneRemovesUnusedImagesWhenAsked();
    void theLimitIsKeptWhenAsked();
    void theLimitRefusesMore();
    void theLimitLeavesOtherSettingsAlone();
    void tellsTheHistory();
};

void TestImageOperations::tellsWhatIsShared()
{
    const ImageHome home;
    const ImageUsage old = home.find("old:1");
    QCOMPARE(old.shared, Bytes(10'000));
    QCOMPARE(old.unique.count() + old.shared.count(), old.image.size.count());
    QVERIFY(old.unique >= Bytes(30'000));
    QCOMPARE(home.find("other:1").shared, Bytes());
}

void TestImageOperations::findsImages_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("code");
    QTest::newRow("name") << "old:1"
                          << "old:1"
                          << "";
    QTest::newRow("name in full") << "docker.io/library/old:1"
                                  << "old:1"
                                  << "";
    QTest::newRow("digest") << "sha256:DIGEST"
                            << "old:1"
                            << "";
    QTest::newRow("beginning of a digest") << "SHORT"
                                           << "old:1"
                                           << "";
    QTest::newRow("name and digest") << "old@sha256:DIGEST"
                                     << "old:1"
                                     << "";
    QTest::newRow("no such name") << "nothing"
                                  << ""
                                  << "not-found";
    QTest::newRow("no name") << "Not A Name"
                             << ""
                             << "invalid-argument";
}

void TestImageOperations::findsImages()
{
    QFETCH(QString, text);
    QFETCH(const QString, name);
    QFETCH(const QString, code);
    const ImageHome home;
    const QString digest = home.find("old:1").image.digest.hex();
    text.replace(QLatin1String("DIGEST"), digest).replace(QLatin1String("SHORT"), digest.left(12));
    const auto found = home.images.find(text);
    QCOMPARE(found ? found->image.ref.toString() : QString(), name);
    QCOMPARE(found ? QString() : toString(found.error().code), code);
}

void TestImageOperations::doesNotRemoveWhatABoxUses()
{
    ImageHome home;
    home.addBox("web", "old:1");
    home.addBox("db", "old:1");
    const ImageUsage old = home.find("old:1");
    QCOMPARE(old.boxes, (QStringList{"db", "web"}));
    const auto removed = home.images.remove(old, ImageOperations::RemoveMode::OnlyUnused);
    QVERIFY(!removed);
    QVERIFY(removed.error().code == ErrorCode::Conflict);
    QVERIFY2(removed.error().message.contains("db, web"), qPrintable(removed.error().message));
    QVERIFY(home.names().contains("old:1"));
    QVERIFY(home.images.remove(old, ImageOperations::RemoveMode::EvenUsed));
    QVERIFY(!home.names().contains("old:1"));
    QVERIFY(home.images.remove(home.find("new:1"), ImageOperations::RemoveMode::OnlyUnused));
}

void TestImageOperations::pruneGivesBackWhatNothingUses()
{
    ImageHome home;
    QVERIFY(home.images.remove(home.find("old:1"), ImageOperations::RemoveMode::OnlyUnused));
    const Bytes before = home.store.totalSize();
    const auto would = home.prune(PruneRequest::Names::Keep, PruneRequest::Run::Dry);
    QVERIFY(would);
    QCOMPARE(home.store.totalSize(), before);
    const auto report = home.prune(PruneRequest::Names::Keep);
    QVERIFY(report);
    QCOMPARE(report->garbage.files.size(), 3);
    QCOMPARE(would->garbage.files, report->garbage.files);
    QCOMPARE(would->total, report->total);
    QVERIFY(report->total.count() + 30'000 < before.count());
    QCOMPARE(home.names(), (QStringList{"new:1", "other:1"}));
    QVERIFY(report->proposed.isEmpty());
}

void TestImageOperations::pruneRemovesUnusedImagesWhenAsked()
{
    ImageHome home;
    home.addBox("web", "new:1");
    const auto report = home.prune(PruneRequest::Names::RemoveUnused);
    QVERIFY(report);
    QCOMPARE(textOf(report->names), (QStringList{"old:1", "other:1"}));
    QCOMPARE(home.names(), QStringList{"new:1"});
    QVERIFY(home.store.setName(*home.store.find(*ImageRef::parse("new:1"))));
}

void TestImageOperations::theLimitIsKeptWhenAsked()
{
    ImageHome home;
    const Bytes limit(home.store.totalSize().count() - 20'000);
    QVERIFY(home.images.setLimit(limit));
    const auto report = home.prune(PruneRequest::Names::Keep);
    QVERIFY(report);
    QCOMPARE(textOf(report->proposed), QStringList{"old:1"});
    QVERIFY2(home.names().contains("old:1"), "never silently");
    const auto kept = home.prune(PruneRequest::Names::RemoveToLimit);
    QVERIFY(kept);
    QCOMPARE(textOf(kept->names), QStringList{"old:1"});
    QVERIFY(kept->total <= limit);
    QCOMPARE(home.names(), (QStringList{"new:1", "other:1"}));
}

void TestImageOperations::theLimitRefusesMore()
{
    ImageHome home;
    const Bytes total = home.store.totalSize();
    QVERIFY(home.images.setLimit(Bytes(total.count() + 1000)));
    QVERIFY(home.store.checkSpace(Bytes(1000)));
    const auto more = home.store.checkSpace(Bytes(1001));
    QVERIFY(!more);
    QVERIFY(more.error().code == ErrorCode::Conflict);
    QVERIFY(more.error().message.contains("boxgate image limit"));
    QVERIFY(home.images.setLimit(std::nullopt));
    QVERIFY(home.store.checkSpace(Bytes(1001)));
    QVERIFY(home.store.checkSpace(Bytes(1ULL << 62)).error().code == ErrorCode::DiskFull);
}

void TestImageOperations::theLimitLeavesOtherSettingsAlone()
{
    const ImageHome home;
    QFile file(home.paths.settings());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"other\": [1, 2]}");
    file.close();
    QVERIFY(home.images.setLimit(Bytes(5)));
    QCOMPARE(*home.images.limit(), std::optional(Bytes(5)));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("\"other\""));
    file.close();
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"image_limit_bytes\": \"much\"}");
    file.close();
    QVERIFY(home.images.limit().error().code == ErrorCode::Corrupt);
}

void TestImageOperations::tellsTheHistory()
{
    const QByteArray config = R"({"history": [
        {"created": "2026-01-02T03:04:05.678901234Z", "created_by": "ADD file in /"},
        {"created_by": "ENV A=b", "empty_layer": true, "comment": "why"}]})";
    const QList<BlobDescriptor> layers{descriptorOf("one"), descriptorOf("three")};
    const auto steps = imageHistory(config, layers);
    QVERIFY(steps);
    QCOMPARE(steps->size(), 3);
    QCOMPARE(steps->at(0).size, Bytes(3));
    QCOMPARE(steps->at(0).created.toString(Qt::ISODate), "2026-01-02T03:04:05Z");
    QCOMPARE(steps->at(1).command, "ENV A=b");
    QCOMPARE(steps->at(1).size, Bytes());
    QCOMPARE(steps->at(2).size, Bytes(5));
    QVERIFY(!imageHistory("{\"history\": 5}", layers));
}

QTEST_GUILESS_MAIN(TestImageOperations)
#include "tst_imageoperations.moc"
