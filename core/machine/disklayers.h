#pragma once

#include "core/base/bytes.h"
#include "core/base/taskscope.h"

/// The files that a box's disk consists of, all in its directory: `disk.qcow2`, which the guest writes, over
/// layers that nobody writes any more (`layer-<id>.qcow2`, or `.raw` of an import), over the image's root
/// disk, which is elsewhere. Each names the one below, a layer by its bare name, so that a directory whose
/// layers are hard links to another's is whole by itself.
namespace boxgate {

/// What a qcow2 file of ours says of itself.
/// Source   QEMU docs/interop/qcow2.txt, the header
struct QcowHeader
{
    QString backing; ///< as it is written; empty: none
    Bytes size; ///< as the guest sees it
};

/// Errors   NotFound, Corrupt: no qcow2 header; Io
Result<QcowHeader> readQcowHeader(const QString &file);

/// As the guest sees it, of a qcow2 or raw file.
Result<Bytes> diskSize(const QString &file);

/// "layer-<id>.qcow2", of a fresh id.
QString newLayerName();
/// Whether a backing file is a layer beside the file that names it.
bool isLayerName(const QString &backing);
/// "qcow2" or "raw", by its name.
QString formatOf(const QString &file);

/// The names of the layers below a file of the directory, the uppermost first.
/// Errors   Corrupt: more than MaxLayers, or a loop; those of readQcowHeader()
Result<QStringList> layersBelow(const QString &directory, const QString &name);

/// Above this a box's disk would become slow, and QEMU opens a file for each.
inline constexpr int MaxLayers = 32;

/// Puts file over what is below the layer that it is over now, and copies into it what it would miss then.
/// The file's contents as the guest sees them stay the same at each moment, so an end in the middle costs
/// nothing. As long as the data takes. Errors   Conflict: a running box has the file open; DiskFull; Io
Async<void> mergeInto(QString file, QString below);

} // namespace boxgate
