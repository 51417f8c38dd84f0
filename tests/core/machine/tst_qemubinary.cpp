#include "core/machine/qemubinary.h"

#include <QCoroTask>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

class TestQemuBinary : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        const Result<Paths> paths = Paths::locate(m_folder->path());
        QVERIFY(paths);
        m_paths.emplace(*paths);
        QVERIFY(m_paths->prepare());
    }

    void cleanup() { qunsetenv("BOXGATE_QEMU"); }

    void version_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QString>("version");
        QTest::newRow("Debian 12") << QByteArray(
            "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright")
                                   << "7.2.22";
        QTest::newRow("a release") << QByteArray("QEMU emulator version 10.0.0\n") << "10.0.0";
        QTest::newRow("a development version")
            << QByteArray("QEMU emulator version 8.1.50 (v8.1.0-1-g1)\n") << "8.1.50";
        QTest::newRow("another program") << QByteArray("bash 5.2\n") << "";
        QTest::newRow("nothing") << QByteArray() << "";
    }
    void version()
    {
        QFETCH(QByteArray, output);
        QFETCH(QString, version);
        QCOMPARE(parseQemuVersion(output).toString(), version);
    }

    void found()
    {
        fakeQemu("echo 'QEMU emulator version 8.2.1'");
        const Result<QemuBinary> qemu = find();
        QVERIFY(qemu);
        QCOMPARE(qemu->version, QVersionNumber(8, 2, 1));
        QCOMPARE(qemu->path, program());
    }

    void isAskedOncePerFile()
    {
        fakeQemu("echo asked >>" + QFile::encodeName(program()) + ".log; echo 'QEMU emulator version 8.2.1'");
        QVERIFY(find());
        QVERIFY(find());
        QFile log(program() + QStringLiteral(".log"));
        QVERIFY(log.open(QIODevice::ReadOnly));
        QCOMPARE(log.readAll(), QByteArray("asked\n"));

        fakeQemu("echo 'QEMU emulator version 8.2.10'");
        const Result<QemuBinary> updated = find();
        QVERIFY(updated);
        QCOMPARE(updated->version, QVersionNumber(8, 2, 10));
    }

    void failuresSayWhatToDo_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("says");
        QTest::newRow("too old") << QByteArray("echo 'QEMU emulator version 7.1.0'")
                                 << "is version 7.1.0, and boxes need 7.2";
        QTest::newRow("no QEMU") << QByteArray("echo hello") << "does not answer as QEMU does";
        QTest::newRow("fails") << QByteArray("exit 1") << "does not answer as QEMU does";
    }
    void failuresSayWhatToDo()
    {
        QFETCH(QByteArray, script);
        QFETCH(QString, says);
        fakeQemu(script);
        const Result<QemuBinary> qemu = find();
        QVERIFY(!qemu);
        QVERIFY2(qemu.error().message.contains(says), qPrintable(qemu.error().message));
        QVERIFY(qemu.error().message.contains(QLatin1String("apt install qemu-system-x86")));
        QVERIFY(!find());
    }

    void missing()
    {
        const QByteArray path = qgetenv("PATH");
        qputenv("PATH", QFile::encodeName(m_folder->path()));
        const Result<QemuBinary> none = find();
        qputenv("PATH", path);
        QVERIFY(!none);
        QVERIFY(none.error().code == ErrorCode::NotFound);
        QVERIFY(none.error().message.contains(QLatin1String("apt install qemu-system-x86")));

        qputenv("BOXGATE_QEMU", "/nonexistent/qemu");
        const Result<QemuBinary> named = find();
        QVERIFY(!named);
        QVERIFY(named.error().message.contains(QLatin1String("/nonexistent/qemu")));
    }

private:
    QString program() const { return m_folder->filePath(QStringLiteral("qemu")); }

    void fakeQemu(const QByteArray &script)
    {
        QFile file(program());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("#!/bin/sh\n" + script + "\n");
        file.close();
        QVERIFY(file.setPermissions(QFile::ReadUser | QFile::WriteUser | QFile::ExeUser));
        qputenv("BOXGATE_QEMU", QFile::encodeName(program()));
    }

    Result<QemuBinary> find() { return QCoro::waitFor(findQemu(*m_paths, Architecture::X86_64)); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::optional<Paths> m_paths;
};

QTEST_GUILESS_MAIN(TestQemuBinary)
#include "tst_qemubinary.moc"
