#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace boxgate {

/// An image whose layers make use of what tar and the OCI specification allow, or do not forbid.
struct NastyImage
{
    const char *name = nullptr;
    QList<QByteArray> layers; ///< tars, lowest first
    /// Layers that mean the same and that umoci understands; empty: it understands those above.
    QList<QByteArray> forUmoci;
    /// Lines of differences() in which umoci 0.4 is not what the specification, or the kernel, says; begins
    /// suffice.
    QList<QByteArray> umociDiffers;
    /// What to look for instead, where umoci differs: a path, a word and its value; "-" for a path that is
    /// not there.
    struct Fact
    {
        QByteArray path;
        QByteArray word;
        QByteArray value;
    };
    QList<Fact> facts;
};

/// The recipes. Each says in a comment what is nasty, and where umoci differs why ours is right.
QList<NastyImage> nastyImages();

} // namespace boxgate
