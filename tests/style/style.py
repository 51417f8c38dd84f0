#!/usr/bin/env python3
"""Checks of the source tree that a compiler does not make.

  layering   who includes whom: the directions of ARCHITECTURE.md
  sizes      no file and no name that should have been something smaller
  words      one word per concept, nothing unfinished
"""
import pathlib
import re
import sys

SOURCES = (".cpp", ".h")
FOLDERS = ("app", "core", "net", "qml")

# layer -> the layers it may include. A layer is the longest prefix that matches.
MAY_INCLUDE = {
    "core/base": set(),
    "core/guest/protocol": set(),
    "core/guest/agent": {"core/guest/protocol", "core/tree"},
    "core/guest/initramfs": {"core/base"},
    "net": {"core/base"},
    "core/tree": {"core/guest/protocol"},
    "core/model": {"core/base", "net/policy"},
    "core/exposure": {"core/base", "core/model"},
    "core/store": {"core/base", "core/model"},
    "core/image": {"core/base", "core/model"},
    "core/machine": {"core/base", "core/model"},
    "core/guest": {"core/base", "core/model", "core/guest/protocol"},
    "core/control": {"core/base", "core/model"},
    "core/runner": {"core/base", "core/model", "core/store", "core/image", "core/machine", "core/guest",
                    "core/guest/protocol", "core/control", "core/exposure", "net"},
    "core/client": {"core/base", "core/model", "core/store", "core/image", "core/machine", "core/control",
                    "core/exposure", "core/tree"},
    "qml": {"core/base", "core/model", "core/client", "core/exposure"},
    "resources": {"core/base", "core/image"},
    "app/runner": {"core/base", "core/model", "core/runner"},
    "app/cli": {"core/base", "core/model", "core/client", "core/exposure", "core/control"},
    "app/desktop": {"core/base", "core/model", "core/client", "qml"},
}
# The network engine's door for the rest of the tree.
NET_FACADE = re.compile(r"net/(engine|engineconfig|report|policy/.*)\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def sources():
    for folder in FOLDERS:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix in SOURCES:
                yield path


def layer_of(path):
    return max((layer for layer in MAY_INCLUDE if str(path).startswith(layer + "/")), key=len, default=None)


def layering():
    for path in sources():
        layer = layer_of(path)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match.group(1)
            where = f"{path}:{number}"
            if "slirp" in included and not str(path).startswith("net/slirp/") and "/" not in included.replace(
                    "slirp/libslirp.h", ""):
                yield f"{where}: only net/slirp/ includes libslirp.h"
            if re.match(r"(QtQuick|QQuick|QQml|QGui|QtGui)", included) and not str(path).startswith(
                    ("qml/", "app/desktop/")):
                yield f"{where}: QtGui and QtQuick belong under qml/ and app/desktop/"
            if not pathlib.Path(included).exists():
                continue  # the system's <net/if.h> is not our net/
            target = layer_of(included)
            if target is None or target == layer:
                continue
            if target == "net" and layer != "net" and not NET_FACADE.fullmatch(included):
                yield f"{where}: outside net/ only the engine's facade may be included"
            allowed = MAY_INCLUDE[layer]
            if target not in allowed and not any(included.startswith(entry + "/") for entry in allowed):
                yield f"{where}: {layer} may not include {target}"


def functions_too_long(path, limit):
    """The body of a function at column 0, as clang-format lays it out: from '{' alone to '}' alone."""
    begin = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin - 1 > limit:
                yield begin, number - begin - 1
            begin = None


def sizes():
    for path in sources():
        lines = path.read_text().count("\n")
        if lines > 400:
            yield f"{path}: {lines} lines; 400 at most: what is its second subject?"
        if re.search(r"(utils?|helpers?|common|misc)\.(cpp|h)$", path.name):
            yield f"{path}: a name that says nothing"
        if path.name != path.name.lower():
            yield f"{path}: file names are in lower case"
        for begin, length in functions_too_long(path, 60):
            yield f"{path}:{begin}: a function of {length} lines; 60 at most"


def words():
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|not implemented|unimplemented", re.IGNORECASE)
    platform = re.compile(r"^\s*#\s*if.*\b(__linux__|__APPLE__|_WIN32|Q_OS_)")
    for path in sources():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if unfinished.search(line):
                yield f"{path}:{number}: unfinished"
            if platform.match(line) and not re.search(r"_(linux|macos|windows)\.cpp$", path.name):
                yield f"{path}:{number}: platform conditions belong in *_linux.cpp, *_macos.cpp, *_windows.cpp"


def main():
    checks = {"layering": layering, "sizes": sizes, "words": words}
    found = list(checks[sys.argv[1]]())
    print("\n".join(found) if found else f"{sys.argv[1]}: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
