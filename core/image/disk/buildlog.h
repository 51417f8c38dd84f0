#pragma once

#include "core/image/digest.h"
#include "core/image/disk/layertree.h"
#include "core/image/sha256.h"

#include <QFile>

#include <functional>

namespace boxgate {

/// What a build has finished, layer by layer, in a file beside the disk that it writes: the next build of the
/// same goes on from there. Holds for one boot of the host: what was written before a kill is there, before a
/// power cut perhaps not.
///
/// Thread: any, one at a time. A layer that was not committed, or is damaged, is forgotten.
class BuildLog
{
public:
    using Visit = std::function<Result<void>(const LayerEntry &entry, const QList<Extent> &extents)>;

    /// key   what the build depends on
    BuildLog(const QString &file, const QByteArray &key);

    /// Opens what an earlier build left, or begins anew.
    /// Errors   Denied, DiskFull, Io
    Result<void> open();

    /// Whether a layer was committed that replay() has not yet read.
    bool hasLayer() const { return m_next.has_value(); }
    /// The block that its successor begins with.
    quint64 nextBlock() const { return m_next ? m_next->nextBlock : 0; }
    /// Hands the next committed layer's entries over, in their order.
    /// Errors   those of visit; Corrupt: what was hashed cannot be read
    Result<void> replay(const Visit &visit);

    /// Begins the layer after those that replay() has read; what follows them is cut off.
    Result<void> begin();
    Result<void> add(const LayerEntry &entry, const QList<Extent> &extents);
    Result<void> commit(quint64 nextBlock);

    void remove() { m_file.remove(); }

private:
    struct Record
    {
        quint64 bytes = 0;
        quint64 nextBlock = 0;
        QByteArray digest; ///< hexadecimal
    };

    Result<void> write(const QByteArray &bytes);
    void findNext();

    QFile m_file;
    const QByteArray m_key;
    std::optional<Record> m_next;
    qint64 m_begin = 0; ///< of the layer that is being written
    std::unique_ptr<Sha256> m_hash;
    quint64 m_bytes = 0;
};

} // namespace boxgate
