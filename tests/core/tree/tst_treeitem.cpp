#include "core/tree/treeitem.h"

#include <QTest>

using namespace boxgate::tree;

Q_DECLARE_METATYPE(boxgate::tree::Item)

namespace {

Item item(ItemType type, const std::string &name = {}, const std::string &target = {})
{
    Item made;
    made.type = type;
    made.name = name;
    made.target = target;
    made.attributes = {0755, 1000, 70000, -1'500'000'001};
    made.size = type == ItemType::Hole || type == ItemType::File ? 5 : 0;
    made.totals = {1, 2, 3};
    return made;
}

Item dataItem(BytesView content)
{
    Item made;
    made.type = ItemType::Data;
    made.content = content;
    return made;
}

std::optional<Item> decoded(const Bytes &bytes)
{
    const auto header = decodeItemHeader(BytesView(bytes).first(std::min(bytes.size(), ItemHeaderBytes)));
    if (!header || bytes.size() != ItemHeaderBytes + header->length)
        return std::nullopt;
    return decodeItem(header->type, BytesView(bytes).subspan(ItemHeaderBytes));
}

} // namespace

/// The stream's parser takes what a guest sends.
class TestTreeItem : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void itemsSurviveTheTrip_data()
    {
        QTest::addColumn<Item>("sent");
        QTest::newRow("root folder") << item(ItemType::Folder);
        QTest::newRow("folder") << item(ItemType::Folder, "a b\n\xff");
        QTest::newRow("leave") << item(ItemType::Leave);
        QTest::newRow("file") << item(ItemType::File, "f");
        QTest::newRow("hole") << item(ItemType::Hole);
        QTest::newRow("end of a file") << item(ItemType::FileEnd);
        QTest::newRow("symlink out of the tree") << item(ItemType::Symlink, "l", "/../../etc/passwd");
        QTest::newRow("hard link") << item(ItemType::HardLink, "h", "a/b/c");
        QTest::newRow("end") << item(ItemType::End);
    }

    void itemsSurviveTheTrip()
    {
        QFETCH(Item, sent);
        const Bytes bytes = encodeItem(sent);
        const std::optional<Item> read = decoded(bytes);
        QVERIFY(read);
        QCOMPARE(encodeItem(*read), bytes);
        QCOMPARE(read->name,
                 sent.type == ItemType::Leave || sent.type == ItemType::Hole || sent.type == ItemType::FileEnd
                         || sent.type == ItemType::End
                     ? std::string()
                     : sent.name);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            Bytes cut(bytes.begin(), bytes.begin() + qsizetype(length));
            QVERIFY(!decoded(cut));
        }
    }

    void namesThatLeadElsewhereAreRefused_data()
    {
        QTest::addColumn<Item>("sent");
        for (const char *const name : {".", "..", "a/b", "/", "/a"})
            QTest::addRow("file '%s'", name) << item(ItemType::File, name);
        QTest::newRow("zero byte") << item(ItemType::Folder, std::string("a\0b", 3));
        QTest::newRow("too long") << item(ItemType::File, std::string(256, 'a'));
        QTest::newRow("symlink to nothing") << item(ItemType::Symlink, "l", "");
        for (const char *const target : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "."})
            QTest::addRow("hard link to '%s'", target) << item(ItemType::HardLink, "h", target);
        QTest::newRow("hard link without a name") << item(ItemType::HardLink, "", "a");
        Item hole = item(ItemType::Hole);
        hole.size = MaxFileBytes + 1;
        QTest::newRow("hole beyond any file") << hole;
        QTest::newRow("no data") << dataItem({});
    }

    void namesThatLeadElsewhereAreRefused()
    {
        QFETCH(Item, sent);
        QVERIFY(!decoded(encodeItem(sent)));
    }

    void ordersThatMakeNoTreeAreRefused_data()
    {
        using T = ItemType;
        QTest::addColumn<QList<int>>("types");
        QTest::addColumn<bool>("isTree");
        const auto list = [](std::initializer_list<T> types) {
            QList<int> numbers;
            for (const T type : types)
                numbers.append(int(type));
            return numbers;
        };
        QTest::newRow("a file") << list({T::File, T::Data, T::FileEnd, T::End}) << true;
        QTest::newRow("an empty folder") << list({T::Folder, T::Leave, T::End}) << true;
        QTest::newRow("a link") << list({T::Symlink, T::End}) << true;
        QTest::newRow("a folder of all") << list({T::Folder, T::Folder, T::Leave, T::File, T::Hole,
                                                  T::FileEnd, T::HardLink, T::Symlink, T::Leave, T::End})
                                         << true;
        QTest::newRow("nothing") << list({T::End}) << false;
        QTest::newRow("two roots") << list({T::Symlink, T::Symlink}) << false;
        QTest::newRow("leaves the root twice") << list({T::Folder, T::Leave, T::Leave}) << false;
        QTest::newRow("ends within") << list({T::Folder, T::End}) << false;
        QTest::newRow("data without a file") << list({T::Folder, T::Data}) << false;
        QTest::newRow("a folder within a file") << list({T::File, T::Folder}) << false;
        QTest::newRow("a hard link as the root") << list({T::HardLink}) << false;
        QTest::newRow("goes on after its end") << list({T::Symlink, T::End, T::End}) << false;
    }

    void ordersThatMakeNoTreeAreRefused()
    {
        QFETCH(QList<int>, types);
        QFETCH(bool, isTree);
        const Bytes content{1};
        TreeGrammar grammar;
        bool accepted = true;
        for (qsizetype i = 0; i < types.size() && accepted; ++i) {
            const auto type = ItemType(types[i]);
            Item next = type == ItemType::Data ? dataItem(content) : item(type, i == 0 ? "" : "n", "n");
            accepted = grammar.accept(next);
        }
        QCOMPARE(accepted && grammar.isComplete(), isTree);
    }

    void depthIsBounded()
    {
        TreeGrammar grammar;
        QVERIFY(grammar.accept(item(ItemType::Folder)));
        for (std::size_t depth = 1; depth < MaxDepth; ++depth)
            QVERIFY(grammar.accept(item(ItemType::Folder, "d")));
        QVERIFY(!grammar.accept(item(ItemType::Folder, "d")));
    }
};

QTEST_APPLESS_MAIN(TestTreeItem)
#include "tst_treeitem.moc"
