#include "qml/models/commandline.h"

#include <QRegularExpression>

namespace boxgate::ui {

QString shellQuoted(const QString &word)
{
    static const QRegularExpression harmless(QStringLiteral("\\A[A-Za-z0-9_@%+=:,./-]+\\z"));
    if (harmless.match(word).hasMatch())
        return word;
    return u'\'' + QString(word).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

Result<QStringList> shellSplit(const QString &line)
{
    QStringList words;
    QString word;
    bool isInWord = false;
    QChar quote;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const QChar c = line[i];
        if (c == u'\\' && quote != u'\'') {
            if (i + 1 == line.size())
                return fail(ErrorCode::InvalidArgument,
                            QStringLiteral("The command ends with a single backslash"));
            const QChar escaped = line[++i];
            // Inside double quotes a backslash only escapes what is special there (POSIX 2.2.3).
            if (!quote.isNull() && escaped != u'"' && escaped != u'\\' && escaped != u'$' && escaped != u'`')
                word += c;
            word += escaped;
            isInWord = true;
        } else if (!quote.isNull()) {
            if (c == quote)
                quote = QChar();
            else
                word += c;
        } else if (c == u'\'' || c == u'"') {
            quote = c;
            isInWord = true;
        } else if (c.isSpace()) {
            if (isInWord)
                words.append(word);
            word.clear();
            isInWord = false;
        } else {
            word += c;
            isInWord = true;
        }
    }
    if (!quote.isNull())
        return fail(ErrorCode::InvalidArgument, QStringLiteral("The command has a quote that is not closed"));
    if (isInWord)
        words.append(word);
    return words;
}

namespace {

/// As short as Bytes::parse() reads it back exactly: "512m", "10g".
QString sizeWord(Bytes size)
{
    for (const auto &[shift, unit] : {std::pair(30, 'g'), std::pair(20, 'm'), std::pair(10, 'k')}) {
        if (size.count() != 0 && size.count() % (1ULL << shift) == 0)
            return QString::number(size.count() >> shift) + QLatin1Char(unit);
    }
    return QString::number(size.count()) + u'b';
}

void appendNetwork(QStringList &words, const NetworkSpec &network)
{
    if (network.mode != NetworkMode::Open)
        words << QStringLiteral("--network") << toString(network.mode);
    // Rules that wait for their mode are not the command's: it would refuse them.
    const QStringList rules = network.mode == NetworkMode::Allowlist ? network.allowNet : QStringList();
    for (const QString &rule : rules)
        words << QStringLiteral("--allow-net") << rule;
    if (network.hostLoopback == HostLoopback::Off) {
        words << QStringLiteral("--host-loopback") << toString(network.hostLoopback);
    } else if (network.hostLoopback == HostLoopback::Ports) {
        QStringList ports;
        for (const quint16 port : network.hostLoopbackPorts)
            ports << QString::number(port);
        words << QStringLiteral("--host-loopback") << ports.join(u',');
    }
}

} // namespace

QString runCommandLine(const BoxSpec &spec)
{
    const BoxSpec defaults;
    QStringList words{QStringLiteral("boxgate"), QStringLiteral("run"), QStringLiteral("-d")};
    if (!spec.name.isEmpty())
        words << QStringLiteral("--name") << spec.name;
    if (spec.autoRemove)
        words << QStringLiteral("--rm");
    if (spec.cpus != defaults.cpus)
        words << QStringLiteral("--cpus") << QString::number(spec.cpus);
    if (spec.memory != defaults.memory)
        words << QStringLiteral("--memory") << sizeWord(spec.memory);
    if (spec.disk != defaults.disk)
        words << QStringLiteral("--disk") << sizeWord(spec.disk);
    for (const QString &entry : spec.environment)
        words << QStringLiteral("-e") << entry;
    if (!spec.user.isEmpty())
        words << QStringLiteral("-u") << spec.user;
    if (!spec.workingDirectory.isEmpty())
        words << QStringLiteral("-w") << spec.workingDirectory;
    for (const Mount &mount : spec.mounts)
        words << QStringLiteral("-v") << mount.toString();
    appendNetwork(words, spec.network);
    words << spec.image.toString();
    if (!spec.command.isEmpty())
        words << QStringLiteral("--") << spec.command;
    for (QString &word : words)
        word = shellQuoted(word);
    return words.join(u' ');
}

} // namespace boxgate::ui
