#include "core/base/filelock.h"
#include "core/machine/accelerator.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace boxgate;

namespace {

const QDateTime When = QDateTime(QDate(2030, 5, 6), QTime(7, 8, 9), Qt::UTC);
const AcceleratorContext Here{QStringLiteral("6.1.0"), QStringLiteral("7.2.1"), QStringLiteral("abc")};

AcceleratorExperience experience(Accelerator accelerator, AcceleratorExperience::Outcome outcome)
{
    const bool failed = outcome == AcceleratorExperience::Outcome::Failed;
    return {accelerator, outcome, When, failed ? QStringLiteral("failed to set MSR 0x10a") : QString()};
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

} // namespace

Q_DECLARE_METATYPE(boxgate::Accelerator)
Q_DECLARE_METATYPE(QList<boxgate::AcceleratorExperience>)

class TestAccelerator : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void choice_data()
    {
        using Outcome = AcceleratorExperience::Outcome;
        QTest::addColumn<bool>("kvmPresent");
        QTest::addColumn<QList<AcceleratorExperience>>("experiences");
        QTest::addColumn<QString>("demanded");
        QTest::addColumn<QString>("chosen"); // empty: refused
        QTest::addColumn<bool>("onTrial");
        QTest::addColumn<QString>("says");
        const QList<AcceleratorExperience> none;
        const QList<AcceleratorExperience> failed{experience(Accelerator::Kvm, Outcome::Failed)};
        const QList<AcceleratorExperience> works{experience(Accelerator::Kvm, Outcome::Works)};
        QTest::newRow("never tried") << true << none << ""
                                     << "kvm" << true << "not been tried";
        QTest::newRow("has worked") << true << works << ""
                                    << "kvm" << false << "works";
        QTest::newRow("has failed") << true << failed << ""
                                    << "tcg" << false << "failed to set MSR 0x10a";
        QTest::newRow("has failed, when") << true << failed << ""
                                          << "tcg" << false << "2030-05-06";
        QTest::newRow("not there") << false << none << ""
                                   << "tcg" << false << "there is no /dev/kvm";
        QTest::newRow("there no more") << false << works << ""
                                       << "tcg" << false << "there is no /dev/kvm";
        QTest::newRow("tcg demanded") << true << works << "tcg"
                                      << "tcg" << false << "BOXGATE_ACCEL";
        QTest::newRow("kvm demanded after a failure") << true << failed << "kvm"
                                                      << "kvm" << false << "BOXGATE_ACCEL";
        QTest::newRow("kvm demanded, not there") << false << none << "kvm"
                                                 << "" << false << "there is no /dev/kvm";
        QTest::newRow("hvf demanded") << true << none << "hvf"
                                      << "" << false << "this system has none";
        QTest::newRow("nonsense demanded") << true << none << "turbo"
                                           << "" << false << "turbo is no accelerator";
        QTest::newRow("failure of another")
            << true << QList{experience(Accelerator::Hvf, Outcome::Failed)} << ""
            << "kvm" << true << "not been tried";
    }
    void choice()
    {
        QFETCH(bool, kvmPresent);
        QFETCH(QList<AcceleratorExperience>, experiences);
        QFETCH(QString, demanded);
        QFETCH(QString, chosen);
        QFETCH(bool, onTrial);
        QFETCH(QString, says);
        const QList<AcceleratorCandidate> candidates{
            {Accelerator::Kvm, kvmPresent, kvmPresent ? QString() : QStringLiteral("there is no /dev/kvm")},
            {Accelerator::Tcg, true, {}}};
        const Result<AcceleratorChoice> made = chooseAccelerator(candidates, experiences, demanded);
        QCOMPARE(made.has_value(), !chosen.isEmpty());
        const QString sentence = made ? made->reason : made.error().message;
        QVERIFY2(sentence.contains(says), qPrintable(sentence));
        if (made) {
            QCOMPARE(toString(made->accelerator), chosen);
            QCOMPARE(made->onTrial, onTrial);
            QCOMPARE(made->helloLimit.count(), onTrial ? 6'000 : 60'000);
        }
    }

    void tcgIsAlwaysHere() { QVERIFY(acceleratorCandidates().last().present); }

    void memoryReturnsWhatItWasGiven()
    {
        const QTemporaryDir folder;
        const AcceleratorMemory memory(folder.filePath(QStringLiteral("accelerators.json")));
        QVERIFY(memory.experiences(Here).isEmpty());
        const auto failure = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed);
        QVERIFY(memory.remember(Here, failure));
        QCOMPARE(memory.experiences(Here), QList{failure});

        AcceleratorContext elsewhere = Here;
        elsewhere.hostKernel = QStringLiteral("6.2.0");
        QVERIFY2(memory.experiences(elsewhere).isEmpty(), "another host kernel deserves another try");
        elsewhere = Here;
        elsewhere.qemuVersion = QStringLiteral("8.0.0");
        QVERIFY2(memory.experiences(elsewhere).isEmpty(), "another QEMU too");
        elsewhere = Here;
        elsewhere.kernelIdentity = QStringLiteral("def");
        QVERIFY2(memory.experiences(elsewhere).isEmpty(), "another guest kernel too");

        const auto success = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Works);
        QVERIFY(memory.remember(Here, success));
        QCOMPARE(memory.experiences(Here), QList{success});
        QVERIFY(memory.forget());
        QVERIFY(memory.experiences(Here).isEmpty());
    }

    void whatIsKnownIsNotWrittenAgain()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("accelerators.json"));
        const AcceleratorMemory memory(path);
        QVERIFY(memory.remember(Here, experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed)));
        const QByteArray before = contents(path);
        auto again = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed);
        again.when = When.addDays(1);
        QVERIFY(memory.remember(Here, again));
        QCOMPARE(contents(path), before);
    }

    void memoryIsBounded()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("accelerators.json"));
        const AcceleratorMemory memory(path);
        AcceleratorContext context = Here;
        for (int i = 0; i < 100; ++i) {
            context.kernelIdentity = QString::number(i);
            auto failure = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed);
            failure.why = QString(5000, QLatin1Char('x'));
            QVERIFY(memory.remember(context, failure));
        }
        QVERIFY(contents(path).size() < 64 * 1024);
        QCOMPARE(memory.experiences(context).size(), 1);
    }

    void damageCountsAsEmpty_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut") << QByteArray("{\"version\": 1, \"experiences\": [{\"hostKernel\"");
        QTest::newRow("rubbish") << QByteArray(3000, '\xff');
        QTest::newRow("other types") << QByteArray("{\"experiences\": [1, null, {\"accelerator\": 3}, "
                                                   "{\"accelerator\": \"kvm\", \"works\": \"yes\"}]}");
    }
    void damageCountsAsEmpty()
    {
        QFETCH(QByteArray, bytes);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("accelerators.json"));
        QVERIFY(write(path, bytes));
        const AcceleratorMemory memory(path);
        QVERIFY(memory.experiences(Here).isEmpty());
        const auto failure = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed);
        QVERIFY(memory.remember(Here, failure));
        QCOMPARE(memory.experiences(Here), QList{failure});
    }

    void anotherWriterIsReported()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("accelerators.json"));
        const Result<FileLock> other = FileLock::acquire(path + QStringLiteral(".lock"));
        QVERIFY(other);
        const auto failure = experience(Accelerator::Kvm, AcceleratorExperience::Outcome::Failed);
        const Result<void> outcome = AcceleratorMemory(path).remember(Here, failure);
        QVERIFY(!outcome);
        QVERIFY(outcome.error().code == ErrorCode::Conflict);
    }
};

QTEST_GUILESS_MAIN(TestAccelerator)
#include "tst_accelerator.moc"
