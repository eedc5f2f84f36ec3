"""Makes ``math.woff2``: the part of STIX Two Math that pages need, with its table of mathematical layout.

``python -m derivations.report.web.font.subset STIXTwoMath-Regular.ttf`` with fontTools and brotli at hand. It is run
once for a new version of the font, and what it makes is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("math.woff2")
FAMILY = "Derivations Math"  # a changed font does not bear the name of the original
# What pages are written with, as ranges of hexadecimal code points.
LETTERS = {
    "latin": "20-7e a0-a9 ab-ae b0-b9 bb-be d7 f7 131 237",
    "accents": "2c6 2c7 2d8-2dd 300-304 306-308 30a 30c 332 338 5f af 203e 20d0 20d1 20d6 20d7 20db 20dc",
    "greek": "391-3a1 3a3-3a9 3b1-3c9 3d1 3d5 3d6 3f1 3f5",
    "punctuation": "2010-2016 2018-201e 2020-2022 2026 2032-2037 2044 2057 2061-2064",
    "letterlike": "2102 210b 210e-2113 2115 2118-211d 2124 2130-2133 2135",
    "arrows": "2190-219b 21a6 21a9 21aa 21bc-21cc 21d0-21d5 27f5-27fa 27fc",
    "operators": "2200-2213 2215-221a 221d-222e 2234-2237 223c 2241-224d 2250-2257 2260-226b 226e-228b 2291-22a5 22a8 "
                 "22bb-22c6 22ca 22ce 22cf 22ee-22f1 2a00-2a02 2a04 2a06 2a0c 2a2f 2a7d 2a7e 2aaf 2ab0",
    "fences": "2308-230b 23b4 23b5 23dc-23df 27e6-27eb 2983 2984",
    "shapes": "25a0 25a1 25b3 25b7 25bd 25c1 25cb 25cf 25ef 25fb 2713",
    "alphabets": "1d400-1d4b5 1d538-1d550 1d6a4 1d6a5 1d6a8-1d755 1d7ce-1d7d7",
}
PRIMES = (0x2032, 0x2033, 0x2034, 0x2035, 0x2057)


def code_points() -> list[int]:
    found: list[int] = []
    for ranges in LETTERS.values():
        for part in ranges.split():
            first, _, last = part.partition("-")
            found += range(int(first, 16), int(last or first, 16) + 1)
    return found


def main(source: str) -> None:
    """Write the subset beside this file."""
    from fontTools import subset

    options = subset.Options()
    options.hinting, options.glyph_names = False, False
    options.layout_features, options.name_IDs = [], [0, 1, 2, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "gasp"]
    font = subset.load_font(source, options)
    _primes_for_scripts(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points())
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID == 1:
            record.string = FAMILY
    font["head"].modified = font["head"].created  # the same bytes whenever it is made
    font.recalcTimestamp, font.flavor = False, "woff2"
    font.save(FILE)


def _primes_for_scripts(font: Any) -> None:
    """Draw primes as their variants for scripts, the only place where they stand; browsers do not ask for these."""
    table = font["GSUB"].table
    lookups = {k for record in table.FeatureList.FeatureRecord if record.FeatureTag == "ssty"
               for k in record.Feature.LookupListIndex}
    variants = {glyph: found[0] for k in sorted(lookups) for part in table.LookupList.Lookup[k].SubTable
                for glyph, found in getattr(part, "ExtSubTable", part).alternates.items()}
    for coded in font["cmap"].tables:
        for c in PRIMES:
            if c in coded.cmap:
                coded.cmap[c] = variants.get(coded.cmap[c], coded.cmap[c])


if __name__ == "__main__":
    main(*sys.argv[1:])
