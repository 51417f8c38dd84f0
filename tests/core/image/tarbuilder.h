#pragma once

#include "core/image/disk/rootdiskbuilder.h"
#include "core/image/ociwriter.h"

#include <QByteArray>

struct archive;

namespace boxgate {

/// Makes tars, nasty ones too, through libarchive's writer.
class TarBuilder
{
public:
    enum class Format
    {
        Pax,
        Gnu
    };
    enum class Filter
    {
        None,
        Gzip,
        Zstd
    };

    explicit TarBuilder(Format format = Format::Pax, Filter filter = Filter::None);
    ~TarBuilder();
    Q_DISABLE_COPY(TarBuilder)

    TarBuilder &file(const QByteArray &path, const QByteArray &contents, quint16 mode = 0644);
    TarBuilder &directory(const QByteArray &path, quint16 mode = 0755);
    TarBuilder &symlink(const QByteArray &path, const QByteArray &target);
    TarBuilder &hardLink(const QByteArray &path, const QByteArray &target);
    TarBuilder &add(const QByteArray &path, const FileAttributes &attributes,
                    const QByteArray &contents = {});
    /// A file of size bytes with data at offset and holes around it.
    TarBuilder &sparse(const QByteArray &path, qint64 size, qint64 offset, const QByteArray &data);

    QByteArray finish();

private:
    QByteArray m_bytes;
    archive *m_archive;
};

/// Writes bytes as a blob beside others and describes it.
LayerSource layerOf(const QString &directory, const QByteArray &blob);

} // namespace boxgate
