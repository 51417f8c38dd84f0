#include "tests/data/layers/nastylayers.h"

#include "tests/core/image/tarbuilder.h"
#include "tests/data/layers/rawtar.h"

namespace boxgate {

namespace {

using Format = TarBuilder::Format;

QByteArray lowest(TarBuilder &tar) { return tar.directory("./").finish(); }

void addNames(TarBuilder &tar)
{
    const QByteArray directory = "a-directory-of-thirty-and-more-bytes/";
    for (int depth = 1; depth <= 20; ++depth)
        tar.directory(directory.repeated(depth));
    tar.file(directory.repeated(20) + "leaf", "deep").file(QByteArray(255, 'n'), "longest");
    tar.symlink(QByteArray(200, 'l'), directory.repeated(20) + "leaf");
    tar.hardLink(QByteArray(150, 'h'), directory.repeated(20) + "leaf");
    tar.file("caf\xc3\xa9", "UTF-8").file("with space", "1").file("tab\tnewline\nback\\slash\x01", "2");
    tar.file("...", "dots").file(".wh", "no whiteout").file("-rf", "dash").file("\"quoted\"", "3");
}

NastyImage longNamesOfPax()
{
    TarBuilder tar(Format::Pax);
    addNames(tar);
    return {"long and odd names, PAX", {lowest(tar)}, {}, {}, {}};
}

NastyImage longNamesOfGnu()
{
    TarBuilder tar(Format::Gnu);
    addNames(tar);
    tar.file("latin1-\xe9", "not UTF-8")
        .symlink("to-latin1", "latin1-\xe9")
        .file("\xff\xfe\x80", "no text at all");
    return {"long and odd names, GNU", {lowest(tar)}, {}, {}, {}};
}

RawTar foreignNames()
{
    RawTar tar;
    tar.pax({{"hdrcharset", "BINARY"}, {"path", "binary-\xe9\xff"}}).file("short", "1");
    tar.pax({{"path", "plain-\xe9"}, {"comment", "no charset named"}}).file("short", "2");
    tar.pax({{"mtime", "1600000000.123456789"}, {"uid", "4000000000"}, {"path", "by-pax/../by-pax"}})
        .file("x", "4");
    return tar;
}

NastyImage foreignNamesOfPax()
{
    TarBuilder root;
    const QByteArray lower = lowest(root);
    RawTar tar = foreignNames();
    tar.pax({{"comment", "for all"}, {"VENDOR.key", "x"}}, 'g').file("after-global", "3");
    RawTar simple = foreignNames(); // umoci does not know global headers
    simple.file("after-global", "3");
    return {"names of PAX that are no UTF-8", {lower, tar.finish()}, {lower, simple.finish()}, {}, {}};
}

NastyImage unfinished()
{
    TarBuilder root;
    return {"a tar without an end, cut behind the last file's bytes",
            {lowest(root),
             RawTar().file("f", "x").file("g", QByteArray(700, 'g')).unfinished().left(1024 + 512 + 700)},
            {},
            {},
            {}};
}

NastyImage escapes()
{
    TarBuilder tar;
    tar.file("../../up", "1").file("/absolute", "2").directory("a").directory("b").file("a/../b/../c", "3");
    tar.directory("etc")
        .symlink("out", "/../../etc")
        .file("out/passwd", "4")
        .symlink("abs", "/etc")
        .file("abs/group", "5");
    tar.symlink("up", "../../../etc").file("up/shadow", "6").hardLink("hard", "../../up");
    tar.symlink("loop", "loop").file("./././dots", "7");
    return {"paths that leave, by '..', '/' and links",
            {lowest(tar)},
            {},
            {"/up", "/hard", "/etc/shadow"},
            {{"/etc/shadow", "size", "1"},
             {"/etc/passwd", "size", "1"},
             {"/c", "size", "1"},
             {"/absolute", "size", "1"}}};
}

NastyImage throughLinks()
{
    TarBuilder lower;
    lower.directory("usr").directory("usr/lib").symlink("lib", "usr/lib").symlink("abs", "/usr/lib");
    lower.symlink("two", "lib");
    TarBuilder upper;
    upper.file("lib/one", "1")
        .file("abs/two", "2")
        .file("two/three", "3")
        .directory("two/sub")
        .file("two/sub/x", "4");
    upper.hardLink("usr/lib/hard", "lib/one").file("lib/.wh.none", {});
    return {"entries through symbolic links of a lower layer", {lowest(lower), upper.finish()}, {}, {}, {}};
}

NastyImage madeUpParents()
{
    TarBuilder tar;
    tar.file("x/y/z/f", "1");
    TarBuilder upper;
    upper.directory("x/y", 0700);
    // Nobody says what time and, for umoci, which mode a directory has that no layer names.
    return {"parents that no layer names",
            {lowest(tar), upper.finish()},
            {},
            {"/x mtime", "/x/y/z mtime", "/x mode", "/x/y/z mode"},
            {{"/x/y", "mode", "700"}, {"/x", "mode", "755"}, {"/x/y/z/f", "size", "1"}}};
}

} // namespace

QList<NastyImage> namesOfNastyImages()
{
    return {longNamesOfPax(), longNamesOfGnu(), foreignNamesOfPax(), unfinished(),
            escapes(),        throughLinks(),   madeUpParents()};
}

namespace {

NastyImage duplicates()
{
    TarBuilder tar;
    tar.file("twice", "first, and longer").file("twice", "second").directory("d").file("d/child", "x");
    tar.file("d", "now a file").directory("e").file("e/child", "1").directory("e", 0700).file("e/child", "2");
    tar.file("back", "file").directory("back").file("back/child", "x");
    tar.file("real", "keep me").symlink("f", "real").file("f", "not through the link");
    tar.file("g", "x")
        .symlink("g", "real")
        .file("linked", "one")
        .hardLink("link", "linked")
        .file("link", "alone");
    return {"one name several times in a layer", {lowest(tar)}, {}, {}, {}};
}

NastyImage replaced()
{
    TarBuilder lower;
    lower.directory("d")
        .file("d/child", "x")
        .directory("d/sub")
        .file("f", "file")
        .symlink("l", "d")
        .directory("k");
    lower.file("k/kept", "kept").directory("lib").file("lib/so", "1");
    TarBuilder middle;
    middle.file("d", "now a file")
        .directory("f")
        .file("f/child", "y")
        .directory("k", 0711)
        .symlink("lib", "k");
    TarBuilder upper;
    upper.directory("d").file("d/new", "z").file("f", "a file again").directory("lib").file("lib/new", "2");
    upper.directory("l").file("l/own", "3"); // a directory in the place of a link to one
    return {
        "directory replaced by file and back", {lowest(lower), middle.finish(), upper.finish()}, {}, {}, {}};
}

NastyImage late()
{
    FileAttributes attributes;
    attributes.type = FileType::Directory;
    attributes.mode = 0751;
    attributes.mtimeSeconds = 1'111'111'111;
    TarBuilder tar;
    tar.directory("p").file("p/f", "1").add("p", attributes); // named again after its children
    TarBuilder upper;
    upper.file("p/.wh.f", {});
    return {"a directory after its children, and an empty layer",
            {lowest(tar), TarBuilder().finish(), upper.finish()},
            {},
            {},
            {}};
}

QByteArray typesTar(char contiguous)
{
    RawTar tar;
    for (const char type : {'\0', contiguous}) {
        RawTar::Header header;
        header.name = type == '\0' ? "old" : "contiguous";
        header.type = type;
        header.size = 3;
        tar.add(header, "abc");
    }
    RawTar::Header header;
    header.name = "old-directory/"; // before POSIX a slash at the end meant a directory
    header.type = '\0';
    header.mode = 0755;
    tar.add(header);
    header.name = "big-owner";
    header.type = '0';
    header.uid = 4'000'000'000;
    header.isGnu = true;
    tar.add(header);
    return tar.finish();
}

NastyImage types()
{
    TarBuilder root;
    const QByteArray lower = lowest(root);
    return {"old and rare types", {lower, typesTar('7')}, {lower, typesTar('0')}, {}, {}};
}

} // namespace

QList<NastyImage> nastyReplacements() { return {duplicates(), replaced(), late(), types()}; }

} // namespace boxgate
