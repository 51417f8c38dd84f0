#include "core/store/boxstore.h"
#include "core/store/database.h"
#include "core/store/migrations.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace boxgate;

namespace {

BoxSpec specOf(const QString &name)
{
    BoxSpec spec;
    spec.name = name;
    spec.image = *ImageRef::parse(QStringLiteral("builtin/busybox"));
    return spec;
}

QString codeOf(const Error &error) { return toString(error.code); }

/// What a hammering client does: it makes boxes and counts up every box's CPU number, retrying conflicts.
int hammer(const QString &file, int client, int rounds)
{
    auto store = BoxStore::open(file);
    if (!store)
        return 10;
    for (int i = 0; i < rounds; ++i) {
        const BoxSpec own = specOf(QStringLiteral("client%1-%2").arg(client).arg(i));
        if (!(*store)->insert(BoxId::random(), own, QDateTime::currentDateTimeUtc()))
            return 11;
        for (;;) {
            Result<StoredBox> shared = (*store)->resolve(QStringLiteral("shared"));
            if (!shared)
                return 12;
            ++shared->spec.cpus;
            const Result<qint64> updated = (*store)->update(shared->id, shared->spec, shared->revision);
            if (updated)
                break;
            if (updated.error().code != ErrorCode::Conflict)
                return 13;
        }
    }
    return 0;
}

} // namespace

class BoxStoreTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<BoxStore> opened()
    {
        auto store = BoxStore::open(m_file);
        if (!store)
            qFatal("open: %s (%s)", qPrintable(store.error().message), qPrintable(store.error().detail));
        return std::move(*store);
    }

    void overwrite(const QByteArray &bytes)
    {
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    QTemporaryDir m_directory;
    QString m_file;
    int m_next = 0;

private Q_SLOTS:
    void init() { m_file = m_directory.filePath(QStringLiteral("db%1.sqlite").arg(m_next++)); }

    void keepsABox();
    void refusesATakenName();
    void refusesAnImpossibleName();
    void updatesOnlyThePresentRevision();
    void editsInOneTransaction();
    void renames();
    void removes();
    void resolves_data();
    void resolves();
    void listsAmbiguousPrefixes();
    void leavesOutADamagedRow();
    void tellsOfChanges();
    void keepsSettings();
    void refusesANewerDatabase();
    void refusesADamagedDatabase_data();
    void refusesADamagedDatabase();
    void findsDamageWhileWorking();
    void saysWhenItCannotWrite();
    void migratesOldData();
    void splitsStatements();
    void twoThreadsLoseNothing();
    void twoProcessesLoseNothing();
    void openingAtOnceMigratesOnce();
};

void BoxStoreTest::keepsABox()
{
    BoxSpec spec = specOf(QStringLiteral("web"));
    spec.environment = {QStringLiteral("A=\u00e9 'quoted'; --")};
    spec.network.mode = NetworkMode::Allowlist;
    spec.network.allowNet = {QStringLiteral("example.com:443")};
    const BoxId id = BoxId::random();
    const QDateTime created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, Qt::UTC);
    QVERIFY(opened()->insert(id, spec, created));
    const Result<StoredBox> box = opened()->find(id);
    QVERIFY(box);
    QVERIFY(box->spec == spec);
    QCOMPARE(box->createdAt, created);
    QCOMPARE(box->revision, 1);
    QCOMPARE(opened()->all()->size(), 1);
}

void BoxStoreTest::refusesATakenName()
{
    const auto store = opened();
    QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
    const Result<void> second =
        opened()->insert(BoxId::random(), specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc());
    QVERIFY(!second);
    QCOMPARE(codeOf(second.error()), QStringLiteral("already-exists"));
    QVERIFY(second.error().message.contains(QStringLiteral("web")));
}

void BoxStoreTest::refusesAnImpossibleName()
{
    const Result<void> result = opened()->insert(BoxId::random(), specOf(QStringLiteral("no spaces")),
                                                 QDateTime::currentDateTimeUtc());
    QVERIFY(!result);
    QCOMPARE(codeOf(result.error()), QStringLiteral("invalid-argument"));
}

void BoxStoreTest::updatesOnlyThePresentRevision()
{
    const auto store = opened();
    const BoxId id = BoxId::random();
    QVERIFY(store->insert(id, specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
    BoxSpec changed = specOf(QStringLiteral("web"));
    changed.cpus = 3;
    const Result<qint64> first = store->update(id, changed, 1);
    QVERIFY(first);
    QCOMPARE(*first, 2);
    changed.cpus = 4;
    const Result<qint64> late = opened()->update(id, changed, 1);
    QVERIFY(!late);
    QCOMPARE(codeOf(late.error()), QStringLiteral("conflict"));
    QCOMPARE(store->find(id)->spec.cpus, 3);
    const Result<qint64> unknown = store->update(BoxId::random(), changed, 1);
    QVERIFY(!unknown);
    QCOMPARE(codeOf(unknown.error()), QStringLiteral("not-found"));
}

void BoxStoreTest::editsInOneTransaction()
{
    const auto store = opened();
    const auto other = opened();
    const BoxId id = BoxId::random();
    QVERIFY(store->insert(id, specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
    const auto increase = [](BoxSpec &spec) -> Result<void> {
        ++spec.cpus;
        return {};
    };
    QVERIFY(other->edit(id, increase)); // what another client changed meanwhile is what is edited
    const Result<StoredBox> edited = store->edit(id, increase);
    QVERIFY(edited);
    QCOMPARE(edited->spec.cpus, 3);
    QCOMPARE(edited->revision, 3);
    QVERIFY(*store->find(id) == *edited);

    const Result<StoredBox> refused = store->edit(id, [](BoxSpec &spec) -> Result<void> {
        spec.cpus = 99;
        return fail(ErrorCode::InvalidArgument, QStringLiteral("too many"));
    });
    QCOMPARE(codeOf(refused.error()), "invalid-argument");
    QVERIFY(*store->find(id) == *edited);
    QVERIFY(store->edit(id, [](BoxSpec &) -> Result<void> { return {}; }));
    QCOMPARE(store->find(id)->revision, 3); // what is no change is no revision
    QCOMPARE(codeOf(store->edit(BoxId::random(), increase).error()), "not-found");
}

void BoxStoreTest::renames()
{
    const auto store = opened();
    const BoxId id = BoxId::random();
    QVERIFY(store->insert(id, specOf(QStringLiteral("old")), QDateTime::currentDateTimeUtc()));
    QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("other")), QDateTime::currentDateTimeUtc()));
    QVERIFY(store->rename(id, QStringLiteral("new")));
    QCOMPARE(store->find(id)->spec.name, QStringLiteral("new"));
    QVERIFY(!store->resolve(QStringLiteral("old")));
    const Result<void> taken = store->rename(id, QStringLiteral("other"));
    QVERIFY(!taken);
    QCOMPARE(codeOf(taken.error()), QStringLiteral("already-exists"));
    QVERIFY(store->rename(id, QStringLiteral("again"))); // the failed one left no transaction open
}

void BoxStoreTest::removes()
{
    const auto store = opened();
    const BoxId id = BoxId::random();
    QVERIFY(store->insert(id, specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
    QVERIFY(store->remove(id));
    QVERIFY(store->all()->isEmpty());
    const Result<void> again = store->remove(id);
    QVERIFY(!again);
    QCOMPARE(codeOf(again.error()), QStringLiteral("not-found"));
    QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
}

void BoxStoreTest::resolves_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("found");
    QTest::newRow("name") << QStringLiteral("web") << QStringLiteral("web");
    QTest::newRow("whole id") << QStringLiteral("abc000000001") << QStringLiteral("web");
    QTest::newRow("beginning of an id") << QStringLiteral("abc") << QStringLiteral("web");
    QTest::newRow("one digit") << QStringLiteral("d") << QStringLiteral("abd0");
    QTest::newRow("a name goes before an id") << QStringLiteral("abd0") << QStringLiteral("abd0");
    QTest::newRow("unknown") << QStringLiteral("nothing") << QString();
    QTest::newRow("not at the beginning") << QStringLiteral("c00000") << QString();
    QTest::newRow("pattern characters are no pattern") << QStringLiteral("%") << QString();
    QTest::newRow("empty") << QString() << QString();
}

void BoxStoreTest::resolves()
{
    QFETCH(const QString, text);
    QFETCH(const QString, found);
    const auto store = opened();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QVERIFY(store->insert(*BoxId::parse(QStringLiteral("abc000000001")), specOf(QStringLiteral("web")), now));
    QVERIFY(
        store->insert(*BoxId::parse(QStringLiteral("d00000000002")), specOf(QStringLiteral("abd0")), now));
    const Result<StoredBox> box = store->resolve(text);
    QCOMPARE(box ? box->spec.name : QString(), found);
    if (!box)
        QCOMPARE(codeOf(box.error()), QStringLiteral("not-found"));
}

void BoxStoreTest::listsAmbiguousPrefixes()
{
    const auto store = opened();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QVERIFY(store->insert(*BoxId::parse(QStringLiteral("abc000000001")), specOf(QStringLiteral("one")), now));
    QVERIFY(store->insert(*BoxId::parse(QStringLiteral("abc000000002")), specOf(QStringLiteral("two")), now));
    const Result<StoredBox> box = store->resolve(QStringLiteral("abc"));
    QVERIFY(!box);
    QCOMPARE(codeOf(box.error()), QStringLiteral("invalid-argument"));
    QVERIFY(box.error().message.contains(QStringLiteral("abc000000001 (one), abc000000002 (two)")));
}

void BoxStoreTest::leavesOutADamagedRow()
{
    const auto store = opened();
    QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("good")), QDateTime::currentDateTimeUtc()));
    QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("bad")), QDateTime::currentDateTimeUtc()));
    const auto raw = Database::open(m_file, {QString()});
    QVERIFY(raw);
    QVERIFY((*raw)->run(QStringLiteral("UPDATE boxes SET spec = 'nonsense' WHERE name = 'bad'")));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("box bad is damaged")));
    QCOMPARE(store->all()->size(), 1);
    const Result<StoredBox> bad = store->resolve(QStringLiteral("bad"));
    QVERIFY(!bad);
    QCOMPARE(codeOf(bad.error()), QStringLiteral("corrupt"));
}

void BoxStoreTest::tellsOfChanges()
{
    const auto one = opened();
    const auto two = opened();
    QVERIFY(*one->changed());
    QVERIFY(!*one->changed());
    QVERIFY(two->insert(BoxId::random(), specOf(QStringLiteral("web")), QDateTime::currentDateTimeUtc()));
    QVERIFY(*one->changed());
    QVERIFY(!*one->changed());
    QVERIFY(one->setSetting(QStringLiteral("a"), QStringLiteral("b")));
    QVERIFY(*one->changed());
    QVERIFY(!*one->changed());
}

void BoxStoreTest::keepsSettings()
{
    const auto store = opened();
    QVERIFY(!*store->setting(QStringLiteral("theme")));
    QVERIFY(store->setSetting(QStringLiteral("theme"), QStringLiteral("dark")));
    QVERIFY(store->setSetting(QStringLiteral("theme"), QStringLiteral("light")));
    QVERIFY(store->setSetting(QStringLiteral("empty"), QString()));
    QCOMPARE(**opened()->setting(QStringLiteral("theme")), QStringLiteral("light"));
    QCOMPARE(**store->setting(QStringLiteral("empty")), QString());
    QVERIFY(store->setSetting(QStringLiteral("theme"), std::nullopt));
    QVERIFY(!*store->setting(QStringLiteral("theme")));
}

void BoxStoreTest::refusesANewerDatabase()
{
    (void)opened();
    {
        const auto raw = Database::open(m_file, {QString()});
        QVERIFY((*raw)->run(QStringLiteral("PRAGMA user_version=999")));
    }
    const auto store = BoxStore::open(m_file);
    QVERIFY(!store);
    QCOMPARE(codeOf(store.error()), QStringLiteral("newer-version"));
}

void BoxStoreTest::refusesADamagedDatabase_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("text") << QByteArray("This is not a database at all. ").repeated(100);
    QTest::newRow("right heading, then rubbish")
        << QByteArray("SQLite format 3\0", 16) + QByteArray(8192, '\xA5');
}

void BoxStoreTest::refusesADamagedDatabase()
{
    QFETCH(const QByteArray, bytes);
    overwrite(bytes);
    const auto store = BoxStore::open(m_file);
    QVERIFY(!store);
    QCOMPARE(codeOf(store.error()), QStringLiteral("corrupt"));
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll() == bytes);
}

void BoxStoreTest::findsDamageWhileWorking()
{
    {
        const auto store = opened();
        for (int i = 0; i < 50; ++i)
            QVERIFY(store->insert(BoxId::random(), specOf(QStringLiteral("box%1").arg(i)),
                                  QDateTime::currentDateTimeUtc()));
    }
    QFile file(m_file); // closed, so that the log is merged into it
    QVERIFY(file.open(QIODevice::ReadWrite));
    for (qint64 page = 1; page < file.size() / 4096; ++page) {
        file.seek(page * 4096);
        file.write(QByteArray(4096, '\xFF'));
    }
    file.close();
    const auto store = BoxStore::open(m_file);
    const Result<QList<StoredBox>> boxes = store ? (*store)->all() : fail(store.error());
    QVERIFY(!boxes);
    QCOMPARE(codeOf(boxes.error()), QStringLiteral("corrupt"));
}

void BoxStoreTest::saysWhenItCannotWrite()
{
    const auto missing = BoxStore::open(m_directory.filePath(QStringLiteral("no/such/directory.db")));
    QVERIFY(!missing);
    QCOMPARE(codeOf(missing.error()), QStringLiteral("denied"));
    if (::geteuid() == 0)
        QSKIP("root may write everything");
    (void)opened();
    QFile::setPermissions(m_file, QFileDevice::ReadOwner);
    const auto store = BoxStore::open(m_file);
    const Result<void> result =
        store ? (*store)->setSetting(QStringLiteral("a"), QStringLiteral("b")) : fail(store.error());
    QVERIFY(!result);
    QCOMPARE(codeOf(result.error()), QStringLiteral("denied"));
}

void BoxStoreTest::migratesOldData()
{
    const QString first = QStringLiteral("CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);");
    const QString second =
        QStringLiteral("-- a comment; with a semicolon\nALTER TABLE a ADD COLUMN y TEXT DEFAULT 'a;b'");
    QVERIFY(Database::open(m_file, {first}));
    const auto database = Database::open(m_file, {first, second});
    QVERIFY(database);
    QCOMPARE(*(*database)->number(QStringLiteral("PRAGMA user_version")), 2);
    QCOMPARE(*(*database)->number(QStringLiteral("SELECT x FROM a WHERE y = 'a;b'")), 7);
    // A migration that fails leaves nothing of itself.
    const QString broken = QStringLiteral("CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)");
    QVERIFY(!Database::open(m_file, {first, second, broken}));
    QCOMPARE(*(*database)->number(QStringLiteral("PRAGMA user_version")), 2);
    QCOMPARE(*(*database)->number(QStringLiteral("SELECT count(*) FROM sqlite_schema WHERE name = 'b'")), 0);
}

void BoxStoreTest::splitsStatements()
{
    QCOMPARE(statementsOf(QStringLiteral("A 'x;--y' ; -- c;c\n B;;\n")),
             (QStringList{QStringLiteral("A 'x;--y'"), QStringLiteral("B")}));
}

void BoxStoreTest::twoThreadsLoseNothing()
{
    const auto store = opened();
    QVERIFY(
        store->insert(BoxId::random(), specOf(QStringLiteral("shared")), QDateTime::currentDateTimeUtc()));
    int results[2]{-1, -1};
    {
        std::jthread one([&] { results[0] = hammer(m_file, 1, 40); });
        std::jthread two([&] { results[1] = hammer(m_file, 2, 40); });
    }
    QCOMPARE(results[0], 0);
    QCOMPARE(results[1], 0);
    QCOMPARE(store->all()->size(), 81);
    QCOMPARE(store->resolve(QStringLiteral("shared"))->spec.cpus, 81);
}

void BoxStoreTest::twoProcessesLoseNothing()
{
    const auto store = opened();
    QVERIFY(
        store->insert(BoxId::random(), specOf(QStringLiteral("shared")), QDateTime::currentDateTimeUtc()));
    QProcess processes[2];
    for (int i = 0; i < 2; ++i) {
        processes[i].start(QCoreApplication::applicationFilePath(),
                           {QStringLiteral("--hammer"), m_file, QString::number(i), QStringLiteral("40")});
    }
    for (QProcess &process : processes) {
        QVERIFY(process.waitForFinished(60'000));
        QCOMPARE(process.exitCode(), 0);
    }
    QCOMPARE(store->all()->size(), 81);
    QCOMPARE(store->resolve(QStringLiteral("shared"))->spec.cpus, 81);
    QCOMPARE(store->resolve(QStringLiteral("shared"))->revision, 81);
}

void BoxStoreTest::openingAtOnceMigratesOnce()
{
    std::atomic<int> opens{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                const auto store = BoxStore::open(m_file);
                if (store && (*store)->all())
                    ++opens;
                else if (!store)
                    qWarning() << store.error();
            });
        }
    }
    QCOMPARE(opens.load(), 8);
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 5 && arguments[1] == u"--hammer")
        return hammer(arguments[2], arguments[3].toInt(), arguments[4].toInt());
    BoxStoreTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_boxstore.moc"
