#include "app/cli/output.h"

#include "app/cli/texttable.h"

#include <QJsonDocument>

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace boxgate::cli {

namespace {

/// Writes all of it, waiting as long as it takes; false when nobody reads.
bool writeWhole(int descriptor, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), std::size_t(bytes.size()));
        if (written >= 0) {
            bytes = bytes.sliced(written);
        } else if (errno == EAGAIN) {
            pollfd waiting{descriptor, POLLOUT, 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace

void Output::printBytes(QByteArrayView bytes)
{
    if (!m_isBroken)
        m_isBroken = !writeWhole(STDOUT_FILENO, bytes);
}

void Output::print(const QString &text) { printBytes(text.toUtf8()); }

void Output::printJson(const QJsonObject &object)
{
    printBytes(QJsonDocument(object).toJson(QJsonDocument::Indented));
}

void Output::printJson(const QJsonArray &array)
{
    printBytes(QJsonDocument(array).toJson(QJsonDocument::Indented));
}

void Output::printJsonLine(const QJsonObject &object)
{
    printBytes(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void Output::complain(const QString &message)
{
    note(QStringLiteral("boxgate: %1\n").arg(printable(message)));
}

void Output::note(const QString &text) { writeWhole(STDERR_FILENO, text.toUtf8()); }

} // namespace boxgate::cli
