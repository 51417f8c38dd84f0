#include "core/tree/treepacker.h"
#include "core/tree/treeunpacker.h"

#include <QTest>

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace boxgate::tree;

namespace {

Item node(ItemType type, const std::string &name, const std::string &target = {})
{
    Item made;
    made.type = type;
    made.name = name;
    made.target = target;
    made.attributes.mode = 0644;
    return made;
}

} // namespace

/// Trees through a pipe into the file system, and streams that nobody honest would send.
class TestTreeCopy : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    CancelFlag m_cancelled{false};

    QString path(const QString &name) const { return m_folder->filePath(name); }
    std::string native(const QString &name) const { return path(name).toStdString(); }

    QString shell(const QString &script) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        process.start(QStringLiteral("sh"), {QStringLiteral("-ec"), script});
        process.waitForFinished();
        return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError()).trimmed();
    }

    /// What unpacking said, with the packer at the other end of a pipe.
    Problem copy(const PackRequest &from, const UnpackRequest &to)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return "no pipe";
        Problem packed;
        std::thread packer([&] {
            ItemWriter out(ends[1], m_cancelled);
            Totals totals;
            packed = packTree(from, out, m_cancelled, totals);
            ::close(ends[1]);
        });
        ItemReader in(ends[0], m_cancelled);
        Totals totals;
        const Problem unpacked = unpackTree(to, in, m_cancelled, totals);
        ::close(ends[0]);
        packer.join();
        return packed.empty() || packed == CancelledProblem ? unpacked : packed;
    }

    /// Unpacks items that were made by hand into "out".
    Problem unpack(const QList<Item> &items)
    {
        const int file = ::open(native("stream").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        for (const Item &item : items) {
            const Bytes bytes = encodeItem(item);
            if (::write(file, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
                return "short write";
        }
        ::lseek(file, 0, SEEK_SET);
        ItemReader in(file, m_cancelled);
        Totals totals;
        const UnpackRequest request{native("out"), "", Ownership::Receiver};
        const Problem problem = unpackTree(request, in, m_cancelled, totals);
        ::close(file);
        return problem;
    }

private Q_SLOTS:
    void initTestCase() { ::signal(SIGPIPE, SIG_IGN); }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_cancelled = false;
    }

    void cleanup()
    {
        shell("chmod -R u+w .");
        m_folder.reset();
    }

    void aNastyTreeArrivesWhole()
    {
        shell("mkdir -p src/sub/deep src/empty; cd src; echo hello >a; ln a sub/hard; ln -s /etc/passwd out;"
              "ln -s ../a sub/in; ln -s nowhere dangling; : >'name\nwith $ \"all\" *'; printf 'x' "
              ">\"$(printf '\\377')\";"
              "chmod 640 a; chmod 555 empty; truncate -s 30000000 sparse; echo mid | dd of=sparse bs=1 "
              "seek=9000000"
              " conv=notrunc 2>/dev/null; head -c 300000 /dev/urandom >sub/deep/big; touch -d '2001-02-03 "
              "04:05:06.789'"
              " a sub/deep/big; chmod 1777 sub/deep; mkfifo fifo; touch -d 1999-01-01 sub");
        QCOMPARE(QByteArray(copy({native("src")}, {native("out"), "src"}).c_str()), QByteArray());
        QCOMPARE(shell("diff -r --no-dereference -x fifo src out"), QString());
        const QString list = "cd %1; find . ! -name fifo ! -type d -printf '%p %y %m %s %T@ %n %l\\n' | sort";
        // The sticky bit is the sender's.
        QCOMPARE(shell(list.arg("out")), shell(list.arg("src")));
        QCOMPARE(shell("stat -c %a out/empty out/sub/deep"), QStringLiteral("555\n777"));
        QCOMPARE(shell("stat -c %Y out/sub"), shell("stat -c %Y src/sub"));
        QCOMPARE(shell("stat -c %i out/a"), shell("stat -c %i out/sub/hard"));
        QVERIFY(!QFileInfo::exists(path("out/fifo")));
        QVERIFY2(shell("du -k out/sparse | cut -f1").toInt() < 1024, "a hole stays one");
    }

    void placesLikeOtherPrograms_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("name"); // as cp makes it of the source
        QTest::addColumn<QString>("destination");
        QTest::addColumn<QString>("at"); // the file is there then; empty: a sentence
        const QString none;
        QTest::newRow("file to a new name") << "file"
                                            << "file"
                                            << "new"
                                            << "new";
        QTest::newRow("file into a folder") << "file"
                                            << "file"
                                            << "there"
                                            << "there/file";
        QTest::newRow("file over a file") << "file"
                                          << "file"
                                          << "old"
                                          << "old";
        QTest::newRow("file through a link") << "file"
                                             << "file"
                                             << "link"
                                             << "old";
        QTest::newRow("file to a folder that is missing") << "file"
                                                          << "file"
                                                          << "missing/" << none;
        QTest::newRow("file below a folder that is missing") << "file"
                                                             << "file"
                                                             << "missing/x" << none;
        QTest::newRow("file over a folder") << "there"
                                            << "folder"
                                            << "holder" << none;
        QTest::newRow("folder to a new name") << "dir"
                                              << "dir"
                                              << "new"
                                              << "new/inner";
        QTest::newRow("folder to a new name with a slash") << "dir"
                                                           << "dir"
                                                           << "new/"
                                                           << "new/inner";
        QTest::newRow("folder into a folder") << "dir"
                                              << "dir"
                                              << "there"
                                              << "there/dir/inner";
        QTest::newRow("contents into a folder") << "dir/."
                                                << ""
                                                << "there"
                                                << "there/inner";
        QTest::newRow("contents to a new name") << "dir/."
                                                << ""
                                                << "new"
                                                << "new/inner";
        QTest::newRow("folder over a file") << "dir"
                                            << "dir"
                                            << "old" << none;
        QTest::newRow("contents of a file") << "file"
                                            << ""
                                            << "there" << none;
        QTest::newRow("no source") << "nothing"
                                   << "nothing"
                                   << "new" << none;
    }

    void placesLikeOtherPrograms()
    {
        shell("mkdir dir there holder; echo f >file; echo i >dir/inner; echo o >old; ln -s old link; : "
              ">holder/folder");
        QFETCH(QString, source);
        QFETCH(QString, name);
        QFETCH(QString, destination);
        QFETCH(QString, at);
        const Problem problem = copy({native(source)}, {native(destination), name.toStdString()});
        if (at.isEmpty()) {
            QVERIFY(!problem.empty());
            return;
        }
        QCOMPARE(QByteArray(problem.c_str()), QByteArray());
        QCOMPARE(shell("cat " + at), source == "file" ? QStringLiteral("f") : QStringLiteral("i"));
        QCOMPARE(shell("find . -name '.boxgate-*'"), QString());
    }

    void linksAreNeverFollowedBelowTheDestination_data()
    {
        QTest::addColumn<QString>("prepared"); // what is in the way
        QTest::addColumn<int>("attack");
        QTest::newRow("a sent link, then a folder of its name") << "" << 0;
        QTest::newRow("a folder's link that was there") << "ln -s ../victim out/d" << 1;
        QTest::newRow("a file's link that was there") << "ln -s ../victim/secret out/f" << 2;
        QTest::newRow("a hard link through a sent link") << "" << 3;
        QTest::newRow("a hard link to a link") << "" << 4;
    }

    void linksAreNeverFollowedBelowTheDestination()
    {
        QFETCH(QString, prepared);
        QFETCH(int, attack);
        shell("mkdir out victim; echo secret >victim/secret; " + prepared);
        const Bytes content{'e', 'v', 'i', 'l'};
        Item data;
        data.type = ItemType::Data;
        data.content = content;
        const Item leave = node(ItemType::Leave, "");
        const auto file = [&](const char *name) {
            return QList<Item>{node(ItemType::File, name), data, node(ItemType::FileEnd, "")};
        };
        QList<Item> items{node(ItemType::Folder, "")};
        if (attack == 0)
            items += node(ItemType::Symlink, "d", path("victim").toStdString());
        if (attack == 0 || attack == 1)
            items += QList<Item>{node(ItemType::Folder, "d")} + file("secret") + QList<Item>{leave};
        if (attack == 2)
            items += file("f");
        if (attack == 3)
            items += {node(ItemType::Symlink, "d", path("victim").toStdString()),
                      node(ItemType::HardLink, "h", "d/secret")};
        if (attack == 4)
            items += {node(ItemType::Symlink, "d", path("victim/secret").toStdString()),
                      node(ItemType::HardLink, "h", "d")};
        items += {leave, node(ItemType::End, "")};
        const Problem problem = unpack(items);
        QCOMPARE(problem.empty(), attack == 2); // a link at a file's place is replaced itself
        QCOMPARE(shell("cat victim/secret; ls victim | wc -l; stat -c %h victim/secret"),
                 QStringLiteral("secret\n1\n1"));
        if (attack == 2)
            QCOMPARE(shell("cat out/f; test -L out/f || echo file"), QStringLiteral("evilfile"));
    }

    void aStreamThatIsCutOffLeavesNoHalfFile()
    {
        shell("mkdir out; echo old >out/f");
        const Bytes content(1000, 'x');
        Item data;
        data.type = ItemType::Data;
        data.content = content;
        const Problem problem = unpack({node(ItemType::Folder, ""), node(ItemType::File, "f"), data});
        QVERIFY(QByteArray(problem.c_str()).contains("before everything had come"));
        QCOMPARE(shell("cat out/f; ls -A out"), QStringLiteral("old\nf"));
    }

    void setIdBitsComeOnlyWhenAskedFor_data()
    {
        QTest::addColumn<bool>("keep");
        QTest::addColumn<QString>("mode");
        QTest::newRow("receiver's") << false << "755";
        QTest::newRow("as sent") << true << "6755";
    }

    void setIdBitsComeOnlyWhenAskedFor()
    {
        QFETCH(bool, keep);
        shell("echo x >tool; chmod 6755 tool");
        const Ownership ownership = keep ? Ownership::Sent : Ownership::Receiver;
        QVERIFY(copy({native("tool")}, {native("new"), "tool", ownership}).empty());
        QTEST(shell("stat -c %a new"), "mode");
    }

    void aLinkIsCopiedOrFollowed()
    {
        shell("echo x >file; ln -s file link; mkdir dir; ln -s dir dirlink; echo i >dir/i");
        QVERIFY(copy({native("link")}, {native("a"), "link"}).empty());
        QVERIFY(copy({native("link"), true}, {native("b"), "link"}).empty());
        QVERIFY(copy({native("dirlink/")}, {native("c"), "dirlink"}).empty());
        QCOMPARE(shell("readlink a; cat b c/i"), QStringLiteral("file\nx\ni"));
    }

    void aCancelledCopyEnds()
    {
        shell("mkdir src; head -c 3000000 /dev/zero >src/f");
        m_cancelled = true;
        const Problem problem = copy({native("src")}, {native("out"), "src"});
        QCOMPARE(QByteArray(problem.c_str()), QByteArray(CancelledProblem));
    }
};

QTEST_APPLESS_MAIN(TestTreeCopy)
#include "tst_treecopy.moc"
