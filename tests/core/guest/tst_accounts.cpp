#include "core/guest/agent/accounts.h"

#include <QTest>

using boxgate::agent::resolveIdentity;

namespace {

const std::string Passwd = "root:x:0:0:root:/root:/bin/sh\n"
                           "broken line\n"
                           "::1:1:::\n"
                           "huge:x:99999999999:1::/:\n"
                           "minus:x:-1:1::/:\n"
                           "all:x:4294967295:1::/:\n"
                           "bob:x:1000:1001:Bob,,,:/home/bob:/bin/sh\n"
                           "nohome:x:1002:1002::relative:/bin/sh\n"
                           "123:x:4000:4000::/n:\n"
                           "last:x:1003:1003::/last";
const std::string Group = "root:x:0:\n"
                          "bobs:x:1001:\n"
                          "wheel:x:10:alice,bob\n"
                          "again:x:10:bob\n"
                          "other:x:11:bobby,xbob\n"
                          "bad:x:y:bob\n"
                          "docker:x:12:bob";

} // namespace

class TestAccounts : public QObject
{
    Q_OBJECT

private slots:
    void usersResolve_data();
    void usersResolve();
    void unknownNamesAreSaid_data();
    void unknownNamesAreSaid();
    void anImageWithoutAccountsHasItsRoot();
    void groupsAreBounded();
};

void TestAccounts::usersResolve_data()
{
    QTest::addColumn<QByteArray>("user");
    QTest::addColumn<QString>("expected"); // uid gid groups name home
    QTest::newRow("empty is root") << QByteArray("") << "0 0 0 root /root";
    QTest::newRow("name") << QByteArray("bob") << "1000 1001 10,12 bob /home/bob";
    QTest::newRow("number of a listed user") << QByteArray("1000") << "1000 1001 10,12 bob /home/bob";
    QTest::newRow("number of nobody") << QByteArray("7777") << "7777 0 0  /";
    QTest::newRow("name and group") << QByteArray("bob:wheel") << "1000 10 10 bob /home/bob";
    QTest::newRow("numbers") << QByteArray("5:6") << "5 6 6  /";
    QTest::newRow("name that looks like a number") << QByteArray("123") << "4000 4000 4000 123 /n";
    QTest::newRow("empty group is none") << QByteArray("bob:") << "1000 1001 10,12 bob /home/bob";
    QTest::newRow("home that is no path") << QByteArray("nohome") << "1002 1002 1002 nohome /";
    QTest::newRow("last line without its end") << QByteArray("last") << "1003 1003 1003 last /last";
}

void TestAccounts::usersResolve()
{
    QFETCH(QByteArray, user);
    QFETCH(QString, expected);
    const auto [identity, problem] = resolveIdentity(user.toStdString(), Passwd, Group);
    QVERIFY2(problem.empty(), problem.c_str());
    QStringList groups;
    for (const auto group : identity.groups)
        groups << QString::number(group);
    QCOMPARE(QStringLiteral("%1 %2 %3 %4 %5")
                 .arg(identity.uid)
                 .arg(identity.gid)
                 .arg(groups.join(','), QString::fromStdString(identity.name),
                      QString::fromStdString(identity.home)),
             expected);
}

void TestAccounts::unknownNamesAreSaid_data()
{
    QTest::addColumn<QByteArray>("user");
    QTest::addColumn<QByteArray>("problem");
    const QByteArray noUser("no user '%' in the box's /etc/passwd");
    for (const char *name :
         {"alice", "huge", "minus", "all", "broken line", "-1", "4294967295", "1000x", "Bob"})
        QTest::newRow(name) << QByteArray(name) << QByteArray(noUser).replace('%', name);
    QTest::newRow("group") << QByteArray("bob:nobody")
                           << QByteArray("no group 'nobody' in the box's /etc/group");
    QTest::newRow("bad group") << QByteArray("bob:bad")
                               << QByteArray("no group 'bad' in the box's /etc/group");
}

void TestAccounts::unknownNamesAreSaid()
{
    QFETCH(QByteArray, user);
    QFETCH(QByteArray, problem);
    QCOMPARE(QByteArray::fromStdString(resolveIdentity(user.toStdString(), Passwd, Group).problem), problem);
}

void TestAccounts::anImageWithoutAccountsHasItsRoot()
{
    for (const char *user : {"", "root", "0", "root:0"}) {
        const auto lookup = resolveIdentity(user, "", "");
        QVERIFY2(lookup.problem.empty(), user);
        QCOMPARE(lookup.identity.uid, 0u);
        QCOMPARE(lookup.identity.home, std::string("/root"));
    }
}

void TestAccounts::groupsAreBounded()
{
    std::string groups;
    for (int i = 1; i <= 5000; ++i)
        groups += "g" + std::to_string(i) + ":x:" + std::to_string(i) + ":bob\n";
    QCOMPARE(resolveIdentity("bob", Passwd, groups).identity.groups.size(), boxgate::agent::MaxGroups);
}

QTEST_APPLESS_MAIN(TestAccounts)
#include "tst_accounts.moc"
