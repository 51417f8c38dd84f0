#pragma once

#include <QByteArrayView>
#include <QJsonArray>
#include <QJsonObject>
#include <QString>

namespace boxgate::cli {

/// The command's standard output and error, for text. Written at once and whole; a reader that went away is
/// remembered, so that the program ends as others do then (141 = 128 + SIGPIPE).
class Output
{
public:
    void print(const QString &text);
    void printBytes(QByteArrayView bytes);
    /// Indented, with a line feed.
    void printJson(const QJsonObject &object);
    void printJson(const QJsonArray &array);
    /// On one line, for streams of them.
    void printJsonLine(const QJsonObject &object);

    /// "boxgate: message" on standard error. Control characters in it become '?'.
    void complain(const QString &message);
    /// On standard error, as it is.
    void note(const QString &text);

    /// Nobody reads standard output any more.
    bool isBroken() const { return m_isBroken; }

private:
    bool m_isBroken = false;
};

} // namespace boxgate::cli
