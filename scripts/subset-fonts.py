#!/usr/bin/env python3
"""Makes assets/fonts/: Inter, cut down to the characters of the figures, with a table of their widths.

    npm pack @fontsource/inter@5.3.0 && tar xzf fontsource-inter-5.3.0.tgz
    pip install fonttools==4.68.0 brotli
    python3 scripts/subset-fonts.py package assets/fonts

The figures' PNG is drawn with these files alone, and the widths lay out their text, so that a figure has the
same bytes on every machine. Inter is under the SIL Open Font License 1.1 without a reserved font name.
"""

import json
import pathlib
import shutil
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

source, target = map(pathlib.Path, sys.argv[1:3])
characters = [*range(0x20, 0x7F), *map(ord, "±×·–—…−≥≤→µ°²½§’“”éö")]
widths = {}
for name, weight in (("Regular", 400), ("SemiBold", 600)):
    font = TTFont(source / f"files/inter-latin-{weight}-normal.woff2")
    font.flavor = None
    options = subset.Options(layout_features=["kern"], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    font.save(target / f"Inter-{name}.ttf")
    advance, units = font["hmtx"], font["head"].unitsPerEm
    widths[weight] = {
        chr(code): round(advance[glyph][0] / units, 4) for code, glyph in sorted(font.getBestCmap().items())
    }
(target / "widths.json").write_text(json.dumps(widths, ensure_ascii=False, indent=1) + "\n")
shutil.copy(source / "LICENSE", target / "LICENSE")
