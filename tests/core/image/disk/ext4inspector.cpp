#include "tests/core/image/disk/ext4inspector.h"

#include "tests/support/diskcheck.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryFile>

#include <algorithm>

namespace boxgate {

namespace {

struct Output
{
    int exitCode = -1;
    QByteArray text;
    QByteArray errors;
};

/// The administrators' programs are not in everybody's PATH.
Output run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    const QString path = QStringLiteral("/usr/sbin/") + program;
    process.start(QFile::exists(path) ? path : QStringLiteral("/sbin/") + program, arguments);
    if (!process.waitForFinished(60'000))
        qFatal("%s does not run: install e2fsprogs", qPrintable(program));
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QString capture(const QByteArray &text, const char *pattern, int group = 1)
{
    const QRegularExpression expression(QString::fromLatin1(pattern), QRegularExpression::MultilineOption);
    return expression.match(QString::fromLatin1(text)).captured(group);
}

QByteArray quoted(const QByteArray &path) { return '"' + path + '"'; }

} // namespace

Ext4Inspector::Ext4Inspector(const QString &image)
    : m_image(image)
{ }

/// Through a file of commands: an argument would be decoded as text on its way.
QByteArray Ext4Inspector::ask(const QByteArray &request) const
{
    QTemporaryFile commands;
    if (!commands.open())
        qFatal("no temporary file");
    commands.write(request + '\n');
    commands.close();
    QByteArray text =
        run(QStringLiteral("debugfs"), {QStringLiteral("-f"), commands.fileName(), m_image}).text;
    // It repeats the command first.
    return text.mid(text.indexOf('\n') + 1);
}

QByteArray Ext4Inspector::complaints() const { return test::diskComplaints(m_image); }

Ext4Stat Ext4Inspector::stat(const QByteArray &path) const
{
    Ext4Stat stat;
    stat.text = ask("stat " + quoted(path));
    stat.type = capture(stat.text, "Type: (.*?)\\s+Mode:");
    stat.mode = capture(stat.text, "Mode: +(\\d+)").toInt(nullptr, 8);
    stat.uid = quint32(capture(stat.text, "User: +(-?\\d+)").toLongLong());
    stat.gid = quint32(capture(stat.text, "Group: +(-?\\d+)").toLongLong());
    stat.size = capture(stat.text, "Size: +(\\d+)").toLongLong();
    stat.links = capture(stat.text, "Links: +(\\d+)").toInt();
    stat.blocks = capture(stat.text, "Blockcount: +(\\d+)").toLongLong();
    stat.inode = capture(stat.text, "Inode: +(\\d+)").toUInt();
    stat.device = capture(stat.text, "number: ([0-9a-f:]+)");
    const quint32 low = capture(stat.text, "mtime: 0x([0-9a-f]+)").toUInt(nullptr, 16);
    const quint32 extra = capture(stat.text, "mtime: 0x[0-9a-f]+:([0-9a-f]+)").toUInt(nullptr, 16);
    stat.mtime = qint64(qint32(low)) + (qint64(extra & 3) << 32);
    stat.mtimeNanoseconds = extra >> 2;
    return stat;
}

QByteArray Ext4Inspector::contents(const QByteArray &path) const { return ask("cat " + quoted(path)); }

QByteArray Ext4Inspector::target(const QByteArray &path) const
{
    const Ext4Stat link = stat(path);
    const QString fast = capture(link.text, "Fast link dest: \"(.*)\"");
    return fast.isEmpty() ? contents(path) : fast.toLatin1();
}

QByteArray Ext4Inspector::xattr(const QByteArray &path, const QByteArray &name) const
{
    const QByteArray text = ask("ea_get -x " + quoted(path) + ' ' + name);
    return QByteArray::fromHex(text.mid(text.indexOf('=') + 1));
}

QList<QByteArray> Ext4Inspector::names(const QByteArray &path) const
{
    // "/inode/mode/uid/gid/name/size/"
    QList<QByteArray> names;
    for (const QByteArray &line : ask("ls -p " + quoted(path)).split('\n')) {
        const QList<QByteArray> parts = line.split('/');
        if (parts.size() > 5 && parts[5] != "." && parts[5] != "..")
            names.append(parts[5]);
    }
    std::sort(names.begin(), names.end());
    return names;
}

QMap<QString, QString> Ext4Inspector::superblock() const
{
    QMap<QString, QString> fields;
    const Output output = run(QStringLiteral("dumpe2fs"), {QStringLiteral("-h"), m_image});
    for (const QByteArray &line : output.text.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            fields.insert(QString::fromLatin1(line.left(colon)),
                          QString::fromLatin1(line.mid(colon + 1).trimmed()));
    }
    return fields;
}

} // namespace boxgate
