#include "core/runner/guestsetup.h"

#include <QTest>

using namespace boxgate;

namespace {

ImageConfig image()
{
    ImageConfig config;
    config.entrypoint = {QStringLiteral("/entry")};
    config.command = {QStringLiteral("serve")};
    config.environment = {QStringLiteral("PATH=/bin"), QStringLiteral("A=image")};
    config.user = QStringLiteral("www");
    config.workingDirectory = QStringLiteral("/srv");
    return config;
}

} // namespace

class TestGuestSetup : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void laterValuesReplaceEarlierOnes();
    void boxWinsOverImage();
    void execWinsOverBox();
    void configurationWithAndWithoutNetwork();
    void failuresHaveWordsAndStatus_data();
    void failuresHaveWordsAndStatus();
};

void TestGuestSetup::laterValuesReplaceEarlierOnes()
{
    const QStringList merged =
        mergeEnvironment({QStringLiteral("A=1"), QStringLiteral("AB=2")},
                         {QStringLiteral("A=3=4"), QStringLiteral("C="), QStringLiteral("A=5")});
    QCOMPARE(merged, (QStringList{QStringLiteral("A=5"), QStringLiteral("AB=2"), QStringLiteral("C=")}));
}

void TestGuestSetup::boxWinsOverImage()
{
    BoxSpec spec;
    QCOMPARE(CommandDefaults::of(image(), spec).user, QStringLiteral("www"));
    QCOMPARE(CommandDefaults::of(image(), spec).workingDirectory, QStringLiteral("/srv"));
    spec.user = QStringLiteral("1000:100");
    spec.workingDirectory = QStringLiteral("/tmp");
    spec.environment = {QStringLiteral("A=box")};
    const CommandDefaults defaults = CommandDefaults::of(image(), spec);
    QCOMPARE(defaults.user, spec.user);
    QCOMPARE(defaults.workingDirectory, spec.workingDirectory);
    QCOMPARE(defaults.environment, (QStringList{QStringLiteral("PATH=/bin"), QStringLiteral("A=box")}));
}

void TestGuestSetup::execWinsOverBox()
{
    ExecParams params;
    params.command = {QStringLiteral("id")};
    params.user = QStringLiteral("root");
    params.environment = {QStringLiteral("A=exec")};
    params.timeout = std::chrono::seconds(3);
    const guest::Exec exec = execMessage(params, CommandDefaults::of(image(), BoxSpec()));
    QCOMPARE(exec.argv, std::vector<std::string>{"id"});
    QCOMPARE(exec.user, std::string("root"));
    QCOMPARE(exec.workingDirectory, std::string("/srv"));
    QVERIFY((exec.env == std::vector<std::string>{"PATH=/bin", "A=exec"}));
    QVERIFY(exec.timeout == std::chrono::seconds(3));
    QVERIFY(!exec.wantsStdin && !exec.isMain);
}

void TestGuestSetup::configurationWithAndWithoutNetwork()
{
    BoxSpec spec;
    spec.name = QStringLiteral("web");
    spec.network.mtu = 9000;
    spec.network.searchDomains = {QStringLiteral("lab.test"), QStringLiteral("local")};
    spec.mounts = {{QStringLiteral("/host"), QStringLiteral("/box"), true}};
    const auto now = std::chrono::nanoseconds(1'764'000'000'000'000'000);
    const guest::Configure with = guestConfiguration(spec, true, now, QByteArray(32, 's'));
    QCOMPARE(with.hostname, std::string("web"));
    QVERIFY(with.network.enabled);
    QVERIFY((with.network.address == guest::Ipv4Octets{192, 168, 127, 2}));
    QVERIFY((with.network.gateway == guest::Ipv4Octets{192, 168, 127, 1}));
    QVERIFY(with.network.gateway == with.network.nameServer);
    QCOMPARE(with.network.mtu, quint16(9000));
    QVERIFY((with.network.searchDomains == std::vector<std::string>{"lab.test", "local"}));
    QVERIFY(with.unixTime == now);
    QCOMPARE(with.seed.size(), std::size_t(32));
    QCOMPARE(with.mounts.size(), std::size_t(1));
    QCOMPARE(with.mounts.front().path, std::string("/box"));
    QVERIFY(with.mounts.front().readOnly);
    QVERIFY(with.growRoot);
    QVERIFY(!guestConfiguration(spec, false, now, {}).network.enabled);
}

void TestGuestSetup::failuresHaveWordsAndStatus_data()
{
    QTest::addColumn<int>("reason");
    QTest::addColumn<QString>("detail");
    QTest::addColumn<int>("status");

    using Reason = guest::ExecFailed::Reason;
    QTest::newRow("no program") << int(Reason::NotFound) << ExecFailure::NotFound << 127;
    QTest::newRow("no permission") << int(Reason::NotExecutable) << ExecFailure::NotExecutable << 126;
    QTest::newRow("no user") << int(Reason::NoSuchUser) << ExecFailure::NoUser << 126;
    QTest::newRow("no directory") << int(Reason::NoSuchDirectory) << ExecFailure::NoDirectory << 126;
    QTest::newRow("too many") << int(Reason::TooMany) << "" << 126;
}

void TestGuestSetup::failuresHaveWordsAndStatus()
{
    QFETCH(int, reason);
    QFETCH(QString, detail);
    QFETCH(int, status);
    const guest::ExecFailed failure{guest::ExecFailed::Reason(reason), "hostile\nwords"};
    const Error error = execError(failure, QStringLiteral("prog"));
    QCOMPARE(error.detail, detail);
    QCOMPARE(execFailureStatus(error), status);
    QVERIFY(!error.message.contains(QStringLiteral("hostile")));
}

QTEST_GUILESS_MAIN(TestGuestSetup)
#include "tst_guestsetup.moc"
