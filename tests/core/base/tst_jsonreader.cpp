#include "core/base/jsonreader.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace boxgate;

namespace {

QJsonObject json(const char *text) { return QJsonDocument::fromJson(text).object(); }

} // namespace

class TestJsonReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEachType()
    {
        JsonReader reader(json(R"({"s": "x", "i": -3, "b": true, "l": ["a"], "o": {"k": 1}, "n": 1.5})"));
        QCOMPARE(reader.string("s"), "x");
        QCOMPARE(reader.integer("i", -5, 5), -3);
        QCOMPARE(reader.boolean("b"), true);
        QCOMPARE(reader.strings("l"), QStringList{"a"});
        QCOMPARE(reader.object("o")->value("k").toInt(), 1);
        QCOMPARE(reader.number("n"), 1.5);
        QVERIFY(reader.finish());
    }

    void absentAndNullAreAlike()
    {
        JsonReader reader(json(R"({"s": null})"));
        QVERIFY(!reader.string("s"));
        QVERIFY(!reader.string("t"));
        QVERIFY(reader.finish());
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("message");
        QTest::newRow("unknown field") << QByteArray(R"({"nmae": 1})") << "'box.nmae' is not a known field";
        QTest::newRow("wrong type") << QByteArray(R"({"name": 1})") << "'box.name' must be a string";
        QTest::newRow("fraction for a whole number")
            << QByteArray(R"({"cpus": 1.5})") << "'box.cpus' must be a whole number";
        QTest::newRow("beyond exact integers")
            << QByteArray(R"({"cpus": 1e300})") << "'box.cpus' must be a whole number";
        QTest::newRow("out of range") << QByteArray(R"({"cpus": 9})") << "'box.cpus' must be from 1 to 8";
        QTest::newRow("mixed list") << QByteArray(R"({"list": ["a", 1]})")
                                    << "'box.list' must be a list of strings";
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        JsonReader reader(json(text.constData()), "box");
        reader.string("name");
        reader.integer("cpus", 1, 8);
        reader.strings("list");
        const auto read = reader.finish();
        QVERIFY(!read);
        QTEST(read.error().message, "message");
    }

    void aMissingRequiredFieldIsNamed()
    {
        JsonReader reader(json("{}"));
        reader.requiredString("name");
        const auto read = reader.finish();
        QVERIFY(!read);
        QCOMPARE(read.error().message, "'name' is missing");
    }
};

QTEST_GUILESS_MAIN(TestJsonReader)
#include "tst_jsonreader.moc"
