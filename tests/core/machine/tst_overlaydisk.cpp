#include "core/machine/overlaydisk.h"

#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

class TestOverlayDisk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_backing = m_folder->filePath(QStringLiteral("root, image.raw"));
        m_overlay = m_folder->filePath(QStringLiteral("disk, box.qcow2"));
        QFile file(m_backing);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(qint64(4) << 20));
    }

    void isAValidOverlayOfTheSizeAskedFor()
    {
        const Result<void> made = create(Bytes::fromGibi(10));
        QVERIFY2(made, made ? "" : qPrintable(made.error().message + made.error().detail));
        const QJsonObject info =
            qemuImg({QStringLiteral("info"), QStringLiteral("--output=json"), m_overlay});
        QCOMPARE(info.value(QStringLiteral("format")).toString(), QStringLiteral("qcow2"));
        QCOMPARE(info.value(QStringLiteral("virtual-size")).toInteger(), qint64(10) << 30);
        QCOMPARE(info.value(QStringLiteral("backing-filename")).toString(), m_backing);
        QCOMPARE(info.value(QStringLiteral("backing-filename-format")).toString(), QStringLiteral("raw"));
        const QJsonObject check =
            qemuImg({QStringLiteral("check"), QStringLiteral("--output=json"), m_overlay});
        QCOMPARE(check.value(QStringLiteral("check-errors")).toInt(-1), 0);
        QVERIFY(QFileInfo(m_overlay).size() < 1 << 20);
        QCOMPARE(files(), 2);
    }

    void neverReplacesADisk()
    {
        QVERIFY(create(Bytes::fromGibi(1)));
        const Result<void> again = create(Bytes::fromGibi(1));
        QVERIFY(!again);
        QVERIFY(again.error().code == ErrorCode::AlreadyExists);
    }

    void failuresAreSentencesAndLeaveNothing_data()
    {
        QTest::addColumn<QString>("backing");
        QTest::addColumn<QString>("overlay");
        QTest::addColumn<quint64>("mebi");
        QTest::addColumn<QString>("says");
        QTest::newRow("no root disk") << "/nonexistent.raw"
                                      << "" << quint64(64) << "/nonexistent.raw does not exist";
        QTest::newRow("smaller than the image") << ""
                                                << "" << quint64(2) << "larger --disk";
        QTest::newRow("no folder") << ""
                                   << "/nonexistent/disk.qcow2" << quint64(64)
                                   << "Cannot create the disk /nonexistent";
        QTest::newRow("disk full") << ""
                                   << "/dev/full" << quint64(64) << "exists already";
    }
    void failuresAreSentencesAndLeaveNothing()
    {
        QFETCH(QString, backing);
        QFETCH(QString, overlay);
        QFETCH(quint64, mebi);
        QFETCH(QString, says);
        if (!backing.isEmpty())
            m_backing = backing;
        if (!overlay.isEmpty())
            m_overlay = overlay;
        const Result<void> made = create(Bytes::fromMebi(mebi));
        QVERIFY(!made);
        QVERIFY2(made.error().message.contains(says), qPrintable(made.error().message));
        QCOMPARE(files(), 1);
    }

    void fullDiskIsNamed()
    {
        // qemu-img of this test's own, which says what the real one says then.
        const QString fake = m_folder->filePath(QStringLiteral("qemu-img"));
        QFile file(fake);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\necho \"qemu-img: $9: Could not write qcow2 header: No space left on device\" "
                   ">&2\nexit 1\n");
        file.close();
        QVERIFY(file.setPermissions(QFile::ReadUser | QFile::ExeUser));
        const QByteArray path = qgetenv("PATH");
        qputenv("PATH", QFile::encodeName(m_folder->path()) + ':' + path);
        const Result<void> made = create(Bytes::fromMebi(64));
        qputenv("PATH", path);
        QVERIFY(!made);
        QVERIFY(made.error().code == ErrorCode::DiskFull);
    }

private:
    Result<void> create(Bytes size)
    {
        OverlayRequest request;
        request.backing = m_backing;
        request.overlay = m_overlay;
        request.size = size;
        return QCoro::waitFor(createOverlay(request));
    }

    int files() const { return int(QDir(m_folder->path()).entryList(QDir::Files).size()); }

    static QJsonObject qemuImg(const QStringList &arguments)
    {
        QProcess process;
        process.start(QStringLiteral("qemu-img"), arguments);
        process.waitForFinished();
        return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_backing;
    QString m_overlay;
};

QTEST_GUILESS_MAIN(TestOverlayDisk)
#include "tst_overlaydisk.moc"
