"""Cuts the faces of the briefings out of the variable Source fonts into portal/reports/fonts.

The result is static (a renderer loads 90 KB, not 1 MB), holds Latin and its extensions, and has
names of its own, because "Source" is a reserved font name. Same input, same bytes.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import uharfbuzz as harfbuzz
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "portal" / "reports" / "fonts"

TEXT_SIZE, DISPLAY_SIZE = 14.0, 36.0
REGULAR, DISPLAY_REGULAR, BOLD = 400.0, 430.0, 620.0
NARROW_SPACE = 0x202F
NARROW_SPACE_WIDTH = 0.165  # of the em; as drawn, "612 000" reads as 612000

LETTERS = (
    range(0x0020, 0x0250),  # Basic Latin to Latin Extended-B
    range(0x02B0, 0x0370),  # modifier letters, combining marks
    range(0x1E00, 0x1F00),  # Latin Extended Additional
    range(0x2000, 0x2070),  # spaces, dashes, quotes
    range(0x20A0, 0x20D0),  # currency signs
    range(0x2C60, 0x2C80),  # Latin Extended-C
)
# Numbers and trade marks, delta and sigma, arrows, mathematics, boxes and ticks.
SIGNS = "ℓ№™ΔΣ←↑→↓−∕≈≠≤≥■□▲▶▼►◄○●☐☑✓✕⅓⅔⅛⅜⅝⅞⁄⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl"]  # figures are tabular as they are

FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT = 1, 2, 3, 4, 6
REPLACED_NAMES = (FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT, 16, 17, 21, 22, 25)
WINDOWS, UNICODE_BMP, ENGLISH = 3, 1, 0x409


@dataclass(frozen=True)
class Face:
    """One static face: its file, its name, and where on the variable font's axes it is cut."""

    file: str
    family: str
    style: str
    source: str
    axes: dict[str, float]


def _serif(file: str, style: str, *, size: float, weight: float) -> Face:
    family = "Parley Display" if size == DISPLAY_SIZE else "Parley Serif"
    slope = "-Italic" if style == "Italic" else ""
    source = f"fontpkg_source_serif_4/SourceSerif4{slope}[opsz,wght].ttf"
    return Face(file, family, style, source, {"opsz": size, "wght": weight})


def _sans(file: str, style: str, *, weight: float) -> Face:
    slope = "-Italic" if style == "Italic" else ""
    source = f"fontpkg_source_sans_3/SourceSans3{slope}[wght].ttf"
    return Face(file, "Parley Sans", style, source, {"wght": weight})


FACES = (
    _serif("serif-400", "Regular", size=TEXT_SIZE, weight=REGULAR),
    _serif("serif-400i", "Italic", size=TEXT_SIZE, weight=REGULAR),
    _serif("serif-600", "Bold", size=TEXT_SIZE, weight=BOLD),
    _serif("display-400", "Regular", size=DISPLAY_SIZE, weight=DISPLAY_REGULAR),
    _serif("display-600", "Bold", size=DISPLAY_SIZE, weight=BOLD),
    _sans("sans-400", "Regular", weight=REGULAR),
    _sans("sans-400i", "Italic", weight=REGULAR),
    _sans("sans-600", "Bold", weight=BOLD),
)


def _reduced(face: Face) -> bytes:
    """Cuts a face out of its variable font and leaves what is not needed behind."""
    package, file = face.source.split("/")
    font = harfbuzz.Face(harfbuzz.Blob.from_file_path(str(files(package) / "files" / file)))
    wanted = harfbuzz.SubsetInput()
    wanted.unicode_set.update({code for block in LETTERS for code in block} | set(map(ord, SIGNS)))
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.update(map(_tag, FEATURES))
    wanted.drop_table_tag_set.update(map(_tag, ("DSIG", "STAT")))
    wanted.flags = harfbuzz.SubsetFlags.NOTDEF_OUTLINE
    for axis, place in face.axes.items():
        wanted.pin_axis_location(font, axis, place)
    return bytes(harfbuzz.subset(font, wanted).blob.data)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"), "big")


def _rename(font: TTFont, face: Face) -> None:
    names = font["name"]
    for number in REPLACED_NAMES:
        names.removeNames(nameID=number)
    postscript = f"{face.family.replace(' ', '')}-{face.style}"
    texts = {
        FAMILY: face.family,
        STYLE: face.style,
        UNIQUE: postscript,
        FULL: f"{face.family} {face.style}",
        POSTSCRIPT: postscript,
    }
    for number, text in texts.items():
        names.setName(text, number, WINDOWS, UNICODE_BMP, ENGLISH)


def _mark_style(font: TTFont, face: Face) -> None:
    bold, italic = face.style == "Bold", face.style == "Italic"
    font["OS/2"].usWeightClass = 700 if bold else 400
    font["OS/2"].fsSelection = (0x20 if bold else 0) | (0x01 if italic else 0) or 0x40
    font["head"].macStyle = (0x01 if bold else 0) | (0x02 if italic else 0)


def _widen_narrow_space(font: TTFont) -> None:
    glyph = font.getBestCmap()[NARROW_SPACE]
    font["hmtx"][glyph] = (round(font["head"].unitsPerEm * NARROW_SPACE_WIDTH), 0)


def cut(face: Face) -> None:
    """Writes a face to portal/reports/fonts."""
    # The time of the cut must not get into the file, or each set-up would change every PDF.
    font = TTFont(BytesIO(_reduced(face)), recalcTimestamp=False)
    _rename(font, face)
    _mark_style(font, face)
    _widen_narrow_space(font)
    font.save(TARGET / f"{face.file}.ttf")


def _copy_licences() -> None:
    for package in ("fontpkg_source_serif_4", "fontpkg_source_sans_3"):
        licence = files(package) / "LICENSE"
        name = package.removeprefix("fontpkg_").replace("_", "-")
        shutil.copyfile(str(licence), TARGET / f"OFL-{name}.txt")


def main() -> int:
    """Cuts all faces and lays their licences beside them."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        cut(face)
        print(face.file)
    _copy_licences()
    return 0


if __name__ == "__main__":
    sys.exit(main())
