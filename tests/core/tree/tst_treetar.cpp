#include "core/tree/treepacker.h"
#include "core/tree/treetar.h"
#include "core/tree/treeunpacker.h"

#include <QTest>

#include <QProcess>
#include <QTemporaryDir>

#include <csignal>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace boxgate::tree;

/// Trees as tar archives and back, with tar itself as the other side.
class TestTreeTar : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    CancelFlag m_cancelled{false};

    std::string native(const char *name) const
    {
        return m_folder->filePath(QLatin1String(name)).toStdString();
    }

    QString shell(const QString &script) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        process.start(QStringLiteral("sh"), {QStringLiteral("-ec"), script});
        process.waitForFinished();
        return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError()).trimmed();
    }

    template <typename From, typename To> Problem through(From from, To to)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return "no pipe";
        Problem sent;
        std::thread sender([&] {
            ItemWriter out(ends[1], m_cancelled);
            sent = from(out);
            ::close(ends[1]);
        });
        ItemReader in(ends[0], m_cancelled);
        const Problem taken = to(in);
        ::close(ends[0]);
        sender.join();
        return sent.empty() || sent == CancelledProblem ? taken : sent;
    }

    Problem packToTar(const char *source, const std::string &name)
    {
        const int file = ::open(native("a.tar").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        Totals totals;
        const Problem problem =
            through([&](ItemWriter &out) { return packTree({native(source)}, out, m_cancelled, totals); },
                    [&](ItemReader &in) { return treeToTar(in, file, name, m_cancelled, totals); });
        ::close(file);
        return problem;
    }

    Problem unpackTar(const char *archive)
    {
        const int file = ::open(native(archive).c_str(), O_RDONLY | O_CLOEXEC);
        Totals totals;
        const Problem problem =
            through([&](ItemWriter &out) { return tarToTree(file, out, m_cancelled, totals); },
                    [&](ItemReader &in) {
                        return unpackTree({native("out"), "", Ownership::Sent}, in, m_cancelled, totals);
                    });
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

    void tarReadsWhatIsWritten()
    {
        shell("mkdir -p src/d/e; cd src; echo a >a; ln a d/hard; ln -s ../a d/sym; head -c 100000 "
              "/dev/urandom >d/e/big;"
              "printf x >\"$(printf 'n\\303\\244me')\"; truncate -s 200000 holes; chmod 750 d; touch -d "
              "@1000000000.5 a;"
              "echo l >\"$(printf 'long%0200d' 1)\"");
        QCOMPARE(QByteArray(packToTar("src", "src").c_str()), QByteArray());
        shell("mkdir x; tar xf a.tar -C x");
        QCOMPARE(shell("diff -r --no-dereference src x/src"), QString());
        const QString list = "cd %1; find . -printf '%p %y %m %s %n %l\\n' | sort | grep -v ' d '";
        QCOMPARE(shell(list.arg("x/src")), shell(list.arg("src")));
        QCOMPARE(shell("stat -c %i x/src/a"), shell("stat -c %i x/src/d/hard"));
    }

    void readsWhatTarWrites_data()
    {
        QTest::addColumn<QString>("options");
        QTest::newRow("GNU") << "--format=gnu -cf in.tar";
        QTest::newRow("pax") << "--format=pax -cf in.tar";
        QTest::newRow("gzip") << "-czf in.tar";
        QTest::newRow("sparse") << "--sparse -cf in.tar";
        QTest::newRow("files before their folder")
            << "--no-recursion -cf in.tar src/d/e/f src/d/hard src/d/a src/a src/d "
               "src/d/sym src/holes src";
    }

    void readsWhatTarWrites()
    {
        QFETCH(QString, options);
        shell("mkdir -p src/d/e; cd src; echo a >d/a; ln d/a d/hard; ln -s ../a d/sym; echo z >a; echo f "
              ">d/e/f;"
              "truncate -s 3000000 holes; echo y | dd of=holes bs=1 seek=2000000 conv=notrunc 2>/dev/null");
        shell("tar " + options + (options.contains("src") ? QString() : QStringLiteral(" src")));
        QCOMPARE(QByteArray(unpackTar("in.tar").c_str()), QByteArray());
        QCOMPARE(shell("diff -r --no-dereference src out/src"), QString());
    }

    void entriesThatLeadOutAreRefused_data()
    {
        QTest::addColumn<QString>("make");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("..") << "tar -cPf in.tar ../%1/secret" << false;
        QTest::newRow("a hard link out") << "ln secret s2; tar -cPf in.tar ../%1/secret s2" << false;
        QTest::newRow("absolute, taken as relative") << "tar -cPf in.tar $PWD/secret" << true;
        QTest::newRow("through a link of its own")
            << "mkdir v l; echo x >l/f; tar -cf in.tar l; rm -r l; ln -s v l; tar -cf first.tar l;"
               "tar -Af first.tar in.tar; mv first.tar in.tar"
            << false;
        QTest::newRow("no tar") << "head -c 20000 /dev/urandom >in.tar" << false;
        QTest::newRow("cut off")
            << "head -c 900000 /dev/urandom >r; tar -cf c.tar r; head -c 400000 c.tar >in.tar" << false;
    }

    void entriesThatLeadOutAreRefused()
    {
        QFETCH(QString, make);
        QFETCH(bool, accepted);
        shell("echo secret >secret; "
              + (make.contains("%1") ? make.arg(QFileInfo(m_folder->path()).fileName()) : make));
        const Problem problem = unpackTar("in.tar");
        QVERIFY2(problem.empty() == accepted, problem.c_str());
        QCOMPARE(shell("cat secret; ls v 2>/dev/null || true"), QStringLiteral("secret"));
    }
};

QTEST_APPLESS_MAIN(TestTreeTar)
#include "tst_treetar.moc"
