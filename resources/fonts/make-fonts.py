#!/usr/bin/env python3
"""Makes the fonts in this folder from Inter and JetBrains Mono.

Usage: make-fonts.py INTER_PACKAGE JETBRAINS_PACKAGE
(the unpacked npm packages @expo-google-fonts/inter 0.4.2 and @expo-google-fonts/jetbrains-mono 0.4.1; needs fonttools)

Two changes, which is why the family has a name of its own, Boxgate Sans:
- its digits are Inter's tabular ones by default, because Qt before 6.7 cannot switch font features on and a rate that
  changes every second must not shift what stands beside it;
- only Latin, Greek, Cyrillic, punctuation, arrows and box drawing are kept, to a quarter of the size.
"""
import sys
from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [(0x20, 0x24F), (0x2B0, 0x2FF), (0x370, 0x3FF), (0x400, 0x4FF), (0x2000, 0x206F), (0x20A0, 0x20BF),
          (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2500, 0x259F), (0xFFFD, 0xFFFD)]


def freeze_tabular(font):
    """Points the digits at the glyphs that the tnum feature would choose (tables may share one map: done once)."""
    gsub = font["GSUB"].table
    lookups = {i for f in gsub.FeatureList.FeatureRecord if f.FeatureTag == "tnum" for i in f.Feature.LookupListIndex}
    swap = {}
    for index in lookups:
        for table in gsub.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            swap.update(getattr(table, "mapping", {}))
    for cmap in font["cmap"].tables:
        for code, glyph in list(cmap.cmap.items()):
            if 0x30 <= code <= 0x39:
                cmap.cmap[code] = swap.get(glyph, glyph)


def rename(font, family, style):
    for record in list(font["name"].names):
        text = {1: family if style in ("Regular", "Bold") else f"{family} {style}",
                2: style if style in ("Regular", "Bold") else "Regular",
                3: f"{family} {style}", 4: f"{family} {style}",
                6: f"{family.replace(' ', '')}-{style}", 16: family, 17: style}.get(record.nameID)
        if text:
            record.string = text


def make(source, target, family=None, style=None):
    font = TTFont(source)
    if family:
        freeze_tabular(font)
        rename(font, family, style)
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.name_IDs = ["*"]
    options.hinting = True
    options.notdef_outline = True
    worker = subset.Subsetter(options)
    worker.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
    worker.subset(font)
    font.save(target)


if __name__ == "__main__":
    inter, mono = sys.argv[1:3]
    for folder, style in (("400Regular", "Regular"), ("500Medium", "Medium"), ("600SemiBold", "SemiBold")):
        make(f"{inter}/{folder}/Inter_{folder}.ttf", f"BoxgateSans-{style}.ttf", "Boxgate Sans", style)
    make(f"{mono}/400Regular/JetBrainsMono_400Regular.ttf", "JetBrainsMono-Regular.ttf")
