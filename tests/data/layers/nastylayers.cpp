#include "tests/data/layers/nastylayers.h"

#include "tests/core/image/tarbuilder.h"
#include "tests/data/layers/rawtar.h"

namespace boxgate {

namespace {

FileAttributes of(FileType type, quint16 mode)
{
    FileAttributes attributes;
    attributes.type = type;
    attributes.mode = mode;
    return attributes;
}

FileAttributes at(qint64 seconds, quint32 nanoseconds)
{
    FileAttributes attributes = of(FileType::Regular, 0644);
    attributes.mtimeSeconds = seconds;
    attributes.mtimeNanoseconds = nanoseconds;
    return attributes;
}

/// The root directory is in it, so that its time is the image's and not that of the unpacking.
QByteArray lowest(TarBuilder &tar) { return tar.directory("./").finish(); }

NastyImage whiteouts()
{
    TarBuilder lower;
    lower.directory("etc").file("etc/gone", "1").file("etc/kept", "2").file("etc/changed", "3");
    lower.directory("tree").directory("tree/sub").file("tree/sub/f", "4").symlink("link", "etc/kept");
    TarBuilder upper;
    upper.file("etc/.wh.gone", {}).file("etc/changed", "upper").file(".wh.tree", {}).file(".wh.link", {});
    upper.file(".wh.never-there", {}).file("etc/.wh.never-there", {}).file("nowhere/.wh.x", {});
    return {"whiteouts", {lowest(lower), upper.finish()}, {}, {"/nowhere"}, {{"/nowhere", "-", {}}}};
}

NastyImage opaque()
{
    TarBuilder lower;
    lower.directory("before").file("before/old", "1").directory("after").file("after/old", "2");
    lower.directory("after/sub").file("after/sub/old", "3").directory("through").file("through/kept", "4");
    TarBuilder upper;
    upper.directory("before").file("before/.wh..wh..opq", {}).file("before/new", "5");
    // The marker may come after its siblings, and does not reach them.
    upper.directory("after").file("after/new", "6").directory("after/sub").file("after/sub/new", "7");
    upper.file("after/.wh..wh..opq", {});
    // umoci gives a directory in it the time of the unpacking.
    return {"opaque directories",
            {lowest(lower), upper.finish()},
            {},
            {"/after/sub mtime"},
            {{"/after/sub", "mtime", "0.000000000"}}};
}

/// Whiteouts are about lower layers alone (layer.md, Whiteouts).
NastyImage whiteoutOfTheSameLayer()
{
    TarBuilder lower;
    lower.file("f", "lower").directory("d").file("d/old", "1");
    TarBuilder upper;
    upper.file("f", "upper").file(".wh.f", {}).directory("d").file("d/new", "2").file(".wh.d", {});
    return {"whiteout of the same layer's file",
            {lowest(lower), upper.finish()},
            {},
            {"/f", "/d"},
            {{"/f", "size", "5"}, {"/d/new", "size", "1"}, {"/d/old", "-", {}}}};
}

/// What AUFS kept for itself means nothing (layer.md reserves .wh..wh. names).
NastyImage aufsNames()
{
    TarBuilder lower;
    lower.file("wh.plnk", "1");
    TarBuilder upper;
    upper.file(".wh..wh.aufs", {}).directory(".wh..wh.orph").directory(".wh..wh.plnk");
    upper.file(".wh..wh.plnk/1.2", "x");
    return {"names of AUFS",
            {lowest(lower), upper.finish()},
            {},
            {"/.wh..wh.plnk", "/ mtime"},
            {{"/wh.plnk", "size", "1"}, {"/.wh..wh.plnk", "-", {}}, {"/.wh..wh.plnk/1.2", "-", {}}}};
}

NastyImage hardLinks()
{
    TarBuilder lower;
    lower.file("a", "first").hardLink("b", "a").symlink("s", "a").hardLink("s2", "s").directory("d");
    TarBuilder middle;
    middle.hardLink("d/c", "a").file("b", "replaced, and a stays"); // to a file of a lower layer
    TarBuilder upper;
    upper.hardLink("d/e", "d/c")
        .file(".wh.a", {})
        .file("twice", "x")
        .hardLink("again", "twice")
        .file("twice", "y");
    return {"hard links", {lowest(lower), middle.finish(), upper.finish()}, {}, {}, {}};
}

NastyImage kinds()
{
    FileAttributes null = of(FileType::CharacterDevice, 0666);
    null.deviceMajor = 1;
    null.deviceMinor = 3;
    FileAttributes wide = of(FileType::BlockDevice, 0660);
    wide.deviceMajor = 259;
    wide.deviceMinor = 70000;
    FileAttributes foreign = of(FileType::Regular, 06755);
    foreign.uid = 3'000'000'001U;
    foreign.gid = 70'000;
    FileAttributes sticky = of(FileType::Directory, 01777);
    sticky.uid = 65'536;
    TarBuilder tar;
    tar.add("null", null).add("wide", wide).add("pipe", of(FileType::Fifo, 0600));
    tar.add("setuid", foreign, "x").add("tmp", sticky).file("none", "x", 0);
    tar.symlink("link", "/nowhere/at/all").symlink("long", "/" + QByteArray(200, 't'));
    return {"every kind of file, owners beyond 65535", {lowest(tar)}, {}, {}, {}};
}

NastyImage xattrs()
{
    FileAttributes program = of(FileType::Regular, 0755);
    program.xattrs = {
        {"security.capability", QByteArray::fromHex("0100000200200000000000000000000000000000")},
        {"user.note", "hello"}};
    FileAttributes directory = of(FileType::Directory, 0755);
    directory.xattrs = {{"trusted.note", QByteArray("\0\1\2", 3)}, {"user.large", QByteArray(2000, 'x')}};
    FileAttributes shared = of(FileType::Regular, 0674);
    // user::rw-, user:1000:rwx, group::r--, mask::rwx, other::r-- (Linux posix_acl_xattr.h)
    shared.xattrs = {{"system.posix_acl_access",
                      QByteArray::fromHex("02000000"
                                          "01000600ffffffff"
                                          "02000700e8030000"
                                          "04000400ffffffff"
                                          "10000700ffffffff"
                                          "20000400ffffffff")}};
    TarBuilder tar;
    tar.add("ping", program, "program").add("directory", directory).add("shared", shared, "x");
    TarBuilder upper;
    upper.file("ping", "without"); // a new file has none of the old one's
    FileAttributes changed = of(FileType::Directory, 0700);
    changed.xattrs = {{"user.other", "only this"}};
    upper.add("directory", changed);
    return {"extended attributes and capabilities", {lowest(tar), upper.finish()}, {}, {}, {}};
}

NastyImage times()
{
    TarBuilder tar;
    tar.add("nanoseconds", at(1'600'000'000, 123'456'789), "1").add("1969", at(-86'400, 0), "2");
    tar.add("1969 and a half", at(-86'400, 500'000'000), "2").add("1901", at(-2'147'483'648, 0), "3");
    tar.add("2038", at(2'147'483'648, 1), "4").add("2106", at(5'000'000'000, 999'999'999), "5");
    tar.add("2446", at(15'032'385'535, 0), "6");
    RawTar raw;
    for (const qint64 seconds : {-9'000'000'000, 20'000'000'000}) {
        RawTar::Header header;
        header.name = "beyond" + QByteArray::number(seconds);
        header.mtime = seconds;
        header.isGnu = true;
        raw.add(header);
    }
    FileAttributes directory = of(FileType::Directory, 0755);
    directory.mtimeSeconds = 1'234'567'890;
    TarBuilder last;
    // Filling a directory later does not change its time.
    last.add("dir", directory).add("dir/f", at(1, 1), "7");
    TarBuilder over;
    over.add("dir/g", at(2, 2), "8");
    // umoci counts nanoseconds in 64 bits, which end in 2262.
    return {"times",
            {lowest(tar), raw.finish(), last.finish(), over.finish()},
            {},
            {"/2446 mtime", "/beyond20000000000 mtime"},
            {{"/2446", "mtime", "15032385535.000000000"},
             {"/beyond20000000000", "mtime", "15032385535.000000000"}}};
}

NastyImage sparse()
{
    TarBuilder tar;
    tar.sparse("middle", 300 << 20, 100 << 20, "data in the middle").sparse("begin", 10'000'000, 0, "data");
    tar.sparse("odd", 1'000'001, 999'990, "data").file("zeros", QByteArray(3 << 20, '\0'));
    const QByteArray lower = lowest(tar);
    RawTar gnu;
    gnu.gnuSparse("gnu", 50 << 20, 8 << 20, QByteArray(5000, 'g')).gnuSparse("gnu-begin", 1 << 20, 0, "x");
    TarBuilder pax; // umoci does not know GNU's
    pax.sparse("gnu", 50 << 20, 8 << 20, QByteArray(5000, 'g')).sparse("gnu-begin", 1 << 20, 0, "x");
    return {"sparse files of PAX and GNU", {lower, gnu.finish()}, {lower, pax.finish()}, {}, {}};
}

} // namespace

QList<NastyImage> namesOfNastyImages();
QList<NastyImage> nastyReplacements();

QList<NastyImage> nastyImages()
{
    return QList<NastyImage>{whiteouts(), opaque(),    whiteoutOfTheSameLayer(),
                             aufsNames(), hardLinks(), kinds(),
                             xattrs(),    times(),     sparse()}
    + namesOfNastyImages() + nastyReplacements();
}

} // namespace boxgate
