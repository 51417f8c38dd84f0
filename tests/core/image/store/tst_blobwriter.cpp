#include "tests/core/image/store/storefixture.h"

#include <QTest>

#include <QDir>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QThreadPool>

#include <cstdio>

using namespace boxgate;

namespace {

constexpr qsizetype ChunkBytes = 64 * 1024;
const QByteArray Contents = noise(3'000'000);

/// What a child of this test does: write Contents chunk by chunk, say a dot after each.
int writeContents(const QString &home)
{
    const ImageStore store(pathsOf(home));
    const auto writer = store.writeBlob(descriptorOf(Contents), CancelToken());
    if (!writer)
        return 1;
    while (*writer && (*writer)->offset() < Contents.size()) {
        const QByteArray chunk = Contents.mid((*writer)->offset(), ChunkBytes);
        if (!(*writer)->write(chunk.constData(), chunk.size()))
            return 2;
        std::fputs(".", stdout);
        std::fflush(stdout);
    }
    return *writer && !(*writer)->commit() ? 3 : 0;
}

QStringList ingested(const ImageStore &store)
{
    return QDir(store.directory() + QStringLiteral("/ingest")).entryList(QDir::Files);
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestBlobWriter : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    int m_homes = 0;

    QString home() { return m_folder.filePath(QString::number(++m_homes)); }

private Q_SLOTS:
    void aBlobIsVisibleOnceItIsWholeAndRight_data();
    void aBlobIsVisibleOnceItIsWholeAndRight();
    void goesOnFromWhatIsThere();
    void forgetsAPartThatCannotBeRight_data();
    void forgetsAPartThatCannotBeRight();
    void oneOfManyProcessesWrites();
    void oneOfManyThreadsWrites();
    void waitingCanBeCancelled();
    void aKilledWriterLeavesWhatItWrote();
};

void TestBlobWriter::aBlobIsVisibleOnceItIsWholeAndRight_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QString>("words");
    QTest::addColumn<qint64>("kept");
    const QByteArray right = Contents.left(10'000);
    QByteArray wrong = right;
    wrong[5000] = char(wrong[5000] + 1);
    QTest::newRow("right") << right << QString() << qint64(10'000);
    QTest::newRow("too short") << right.left(9'999) << QStringLiteral("ends after 9999 bytes")
                               << qint64(9'999);
    QTest::newRow("nothing") << QByteArray() << QStringLiteral("ends after 0 bytes") << qint64(0);
    QTest::newRow("one byte too long") << right + 'x' << QStringLiteral("more than the 10000") << qint64(0);
    QTest::newRow("another digest") << wrong << QStringLiteral("have the digest") << qint64(0);
}

void TestBlobWriter::aBlobIsVisibleOnceItIsWholeAndRight()
{
    QFETCH(const QByteArray, sent);
    QFETCH(const QString, words);
    QFETCH(const qint64, kept);
    const ImageStore store(pathsOf(home()));
    const BlobDescriptor blob = descriptorOf(Contents.left(10'000));
    const auto writer = store.writeBlob(blob, CancelToken());
    QVERIFY(writer && *writer);
    Result<void> done;
    for (qsizetype at = 0; at < sent.size() && done; at += 1000)
        done = (*writer)->write(sent.constData() + at, std::min<qsizetype>(1000, sent.size() - at));
    QVERIFY(!store.has(blob));
    if (done)
        done = (*writer)->commit();
    QCOMPARE(done.has_value(), words.isEmpty());
    QCOMPARE(store.has(blob), words.isEmpty());
    QCOMPARE((*writer)->offset(), kept);
    if (words.isEmpty()) {
        QCOMPARE(bytesOf(store.blobPath(blob.digest)), sent);
        QVERIFY2(ingested(store).isEmpty(), "nothing is left beside it");
        QVERIFY(*store.writeBlob(blob, CancelToken()) == nullptr);
    } else {
        QVERIFY(done.error().code == ErrorCode::Corrupt);
        QVERIFY2(done.error().message.contains(words), qPrintable(done.error().message));
    }
}

void TestBlobWriter::goesOnFromWhatIsThere()
{
    const ImageStore store(pathsOf(home()));
    const BlobDescriptor blob = descriptorOf(Contents);
    {
        const auto first = store.writeBlob(blob, CancelToken());
        QVERIFY((*first)->write(Contents.constData(), 1'234'567));
    }
    QVERIFY(!store.has(blob));
    const auto second = store.writeBlob(blob, CancelToken());
    QCOMPARE((*second)->offset(), 1'234'567);
    QVERIFY((*second)->write(Contents.constData() + 1'234'567, Contents.size() - 1'234'567));
    QVERIFY((*second)->commit());
    QCOMPARE(bytesOf(store.blobPath(blob.digest)), Contents);
}

void TestBlobWriter::forgetsAPartThatCannotBeRight_data()
{
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<qint64>("offset");
    QTest::newRow("longer than the blob") << noise(20'000, 2) << qint64(0);
    QTest::newRow("of its length and other contents") << noise(10'000, 3) << qint64(10'000);
}

void TestBlobWriter::forgetsAPartThatCannotBeRight()
{
    QFETCH(const QByteArray, part);
    QFETCH(const qint64, offset);
    const ImageStore store(pathsOf(home()));
    const QByteArray right = Contents.left(10'000);
    const BlobDescriptor blob = descriptorOf(right);
    QVERIFY(store.use(CancelToken()));
    QFile file(store.directory() + QStringLiteral("/ingest/") + blob.digest.hex() + QStringLiteral(".part"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(part);
    file.close();
    {
        const auto first = store.writeBlob(blob, CancelToken());
        QCOMPARE((*first)->offset(), offset);
        QVERIFY(!(*first)->commit());
    }
    const auto second = store.writeBlob(blob, CancelToken());
    QCOMPARE((*second)->offset(), 0);
    QVERIFY((*second)->write(right.constData(), right.size()));
    QVERIFY((*second)->commit());
    QVERIFY(store.has(blob));
}

void TestBlobWriter::oneOfManyProcessesWrites()
{
    const QString folder = home();
    const ImageStore store(pathsOf(folder));
    QProcess writers[4];
    for (QProcess &writer : writers)
        writer.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--write"), folder});
    qsizetype dots = 0;
    for (QProcess &writer : writers) {
        QVERIFY(writer.waitForFinished(60'000));
        QCOMPARE(writer.exitCode(), 0);
        dots += writer.readAllStandardOutput().size();
    }
    QCOMPARE(dots, (Contents.size() + ChunkBytes - 1) / ChunkBytes);
    QCOMPARE(bytesOf(store.blobPath(descriptorOf(Contents).digest)), Contents);
    QCOMPARE(ingested(store), QStringList());
}

void TestBlobWriter::oneOfManyThreadsWrites()
{
    const ImageStore store(pathsOf(home()));
    const BlobDescriptor blob = descriptorOf(Contents);
    std::atomic<int> written = 0;
    std::atomic<int> found = 0;
    QThreadPool pool;
    pool.setMaxThreadCount(8);
    for (int i = 0; i < 8; ++i) {
        pool.start([&] {
            const auto writer = store.writeBlob(blob, CancelToken());
            if (writer && !*writer)
                ++found;
            else if (writer && (*writer)->write(Contents.constData(), Contents.size()) && (*writer)->commit())
                ++written;
        });
    }
    pool.waitForDone();
    QCOMPARE(written.load(), 1);
    QCOMPARE(found.load(), 7);
    QCOMPARE(ingested(store), QStringList());
}

void TestBlobWriter::waitingCanBeCancelled()
{
    const ImageStore store(pathsOf(home()));
    const auto holder = store.writeBlob(descriptorOf(Contents), CancelToken());
    QVERIFY(holder);
    const CancelToken cancel;
    cancel.cancel();
    const auto waiting = store.writeBlob(descriptorOf(Contents), cancel);
    QVERIFY(!waiting);
    QVERIFY(waiting.error().code == ErrorCode::Cancelled);
}

void TestBlobWriter::aKilledWriterLeavesWhatItWrote()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const BlobDescriptor blob = descriptorOf(Contents);
    for (int round = 0; round < 20; ++round) {
        const QString folder = home();
        const ImageStore store(pathsOf(folder));
        const qsizetype enough = random.bounded(1, int(Contents.size() / ChunkBytes) + 2);
        QProcess writer;
        writer.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--write"), folder});
        QByteArray dots;
        while (dots.size() < enough && writer.waitForReadyRead())
            dots += writer.readAllStandardOutput();
        writer.kill();
        QVERIFY(writer.waitForFinished());
        if (store.has(blob)) {
            QCOMPARE(bytesOf(store.blobPath(blob.digest)), Contents);
            continue;
        }
        const auto next = store.writeBlob(blob, CancelToken());
        QVERIFY(next && *next);
        const qint64 offset = (*next)->offset();
        QVERIFY2(offset >= dots.size() * ChunkBytes || offset == Contents.size(),
                 qPrintable(QStringLiteral("%1 of %2 chunks").arg(offset).arg(dots.size())));
        QVERIFY((*next)->write(Contents.constData() + offset, Contents.size() - offset));
        QVERIFY((*next)->commit());
        QCOMPARE(bytesOf(store.blobPath(blob.digest)), Contents);
        QCOMPARE(ingested(store), QStringList());
    }
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == u"--write")
        return writeContents(arguments[2]);
    TestBlobWriter test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_blobwriter.moc"
