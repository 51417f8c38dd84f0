#include "app/cli/commands/commands.h"
#include "app/cli/manpage.h"

#include <QTest>

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

using namespace boxgate::cli;

/// The manual pages, as groff (package groff-base) reads them.
class TestManPage : public QObject
{
    Q_OBJECT

    const QMap<QString, QString> m_pages = manPages(allCommands(), QStringLiteral("1.2.3"));

    static QByteArray rendered(const QString &page, QByteArray *warnings)
    {
        QProcess groff;
        groff.start(QStringLiteral("groff"), {"-man", "-ww", "-Tascii", "-P-cbou"});
        groff.write(page.toUtf8());
        groff.closeWriteChannel();
        if (!groff.waitForFinished() || groff.exitStatus() != QProcess::NormalExit)
            return {};
        *warnings = groff.readAllStandardError();
        return groff.readAllStandardOutput();
    }

private Q_SLOTS:
    void everyCommandHasAPage()
    {
        for (const CommandSpec &command : allCommands()) {
            QCOMPARE(m_pages.contains(QStringLiteral("boxgate-%1.1").arg(QLatin1String(command.verb))),
                     !command.isHidden);
            for (const CommandSpec &sub : command.subcommands) {
                QVERIFY(m_pages.contains(QStringLiteral("boxgate-%1-%2.1")
                                             .arg(QLatin1String(command.verb), QLatin1String(sub.verb))));
            }
        }
        QVERIFY(m_pages.contains(QStringLiteral("boxgate.1")));
    }

    void isReadWithoutAWarning()
    {
        for (auto page = m_pages.cbegin(); page != m_pages.cend(); ++page) {
            QByteArray warnings;
            const QByteArray text = rendered(*page, &warnings);
            QVERIFY2(warnings.isEmpty(), page.key().toUtf8() + ": " + warnings);
            QVERIFY2(text.contains("NAME") && text.contains("1.2.3"), page.key().toUtf8() + ": " + text);
        }
        // The control: a mistake is seen.
        QByteArray warnings;
        rendered(QStringLiteral(".TH X 1\n.NOSUCH\n"), &warnings);
        QVERIFY(!warnings.isEmpty());
    }

    void textThatLooksLikeARequestIsText()
    {
        static constexpr std::array Options{OptionSpec{"back", 'b', "A\\B", ".PP is text\n.SH so is this"}};
        CommandSpec command{"odd", "Print 'it' and \\fBthis\\fR"};
        command.options = Options;
        const QMap<QString, QString> pages = manPages({&command, 1}, QStringLiteral("1"));
        QByteArray warnings;
        const QByteArray text = rendered(pages.value(QStringLiteral("boxgate-odd.1")), &warnings);
        QCOMPARE(warnings, QByteArray());
        QVERIFY2(text.contains("\\fBthis\\fR"), text);
        QVERIFY2(text.contains("-b, --back A\\B"), text);
        QVERIFY2(text.contains(".PP is text .SH so is this"), text);
    }
};

QTEST_GUILESS_MAIN(TestManPage)
#include "tst_manpage.moc"
