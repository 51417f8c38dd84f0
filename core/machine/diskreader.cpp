#include "core/machine/diskreader.h"

#include "core/machine/disklayers.h"

#include <QFile>
#include <QStandardPaths>

#include <libnbd.h>

#include <array>

namespace boxgate {

namespace {

/// What one question may be about: below 32 bits, and a multiple of every block size.
constexpr quint64 MaxQuestion = 1ull << 30;
constexpr qsizetype MaxRead = 4 << 20;

Error failure(const QString &what)
{
    return {ErrorCode::Io, what + QStringLiteral(": ") + QString::fromUtf8(nbd_get_error()), {}};
}

/// Takes the first extent of an answer.
int takeExtent(void *to, const char *, uint64_t, uint32_t *entries, size_t count, int *)
{
    auto &extent = *static_cast<std::array<quint32, 2> *>(to);
    if (count >= 2 && extent[0] == 0)
        extent = {entries[0], entries[1]};
    return 0;
}

} // namespace

struct DiskReader::Connection
{
    nbd_handle *handle = nbd_create();
    ~Connection() { nbd_close(handle); }
};

DiskReader::DiskReader(std::unique_ptr<Connection> connection)
    : m_connection(std::move(connection))
{ }

DiskReader::~DiskReader() = default;

Result<std::unique_ptr<DiskReader>> DiskReader::open(const QString &disk)
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("qemu-nbd"));
    if (program.isEmpty()) {
        return fail(ErrorCode::NotFound,
                    QStringLiteral("qemu-nbd was not found: install it with 'sudo apt install qemu-utils'"));
    }
    auto connection = std::make_unique<Connection>();
    if (!connection->handle)
        return fail(failure(QStringLiteral("Cannot read the disk %1").arg(disk)));
    nbd_add_meta_context(connection->handle, LIBNBD_CONTEXT_BASE_ALLOCATION);
    QByteArray words[] = {QFile::encodeName(program), "--read-only", "-f", formatOf(disk).toLatin1(),
                          QFile::encodeName(disk)};
    std::array<char *, 6> arguments{};
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
        arguments[i] = words[i].data();
    if (nbd_connect_systemd_socket_activation(connection->handle, arguments.data()) != 0) {
        Error error = failure(QStringLiteral("Cannot read the disk %1").arg(disk));
        error.code = ErrorCode::Unavailable;
        return fail(error);
    }
    const int64_t size = nbd_get_size(connection->handle);
    if (size < 0)
        return fail(failure(QStringLiteral("Cannot read the disk %1").arg(disk)));
    std::unique_ptr<DiskReader> reader(new DiskReader(std::move(connection)));
    reader->m_size = Bytes(quint64(size));
    return reader;
}

Result<quint64> DiskReader::nextData(quint64 offset)
{
    if (!nbd_can_meta_context(m_connection->handle, LIBNBD_CONTEXT_BASE_ALLOCATION))
        return offset;
    while (offset < m_size.count()) {
        std::array<quint32, 2> extent{};
        const quint64 count = std::min(MaxQuestion, m_size.count() - offset);
        const nbd_extent_callback callback{&takeExtent, &extent, nullptr};
        if (nbd_block_status(m_connection->handle, count, offset, callback, LIBNBD_CMD_FLAG_REQ_ONE) != 0)
            return fail(failure(QStringLiteral("Cannot read the disk's map")));
        if (extent[0] == 0 || (extent[1] & LIBNBD_STATE_ZERO) == 0)
            return offset;
        offset += extent[0];
    }
    return std::min(offset, m_size.count());
}

Result<void> DiskReader::read(quint64 offset, char *to, qsizetype length)
{
    while (length > 0) {
        const qsizetype piece = std::min(length, MaxRead);
        if (nbd_pread(m_connection->handle, to, std::size_t(piece), offset, 0) != 0)
            return fail(failure(QStringLiteral("Cannot read the disk")));
        to += piece;
        offset += quint64(piece);
        length -= piece;
    }
    return {};
}

} // namespace boxgate
