"""Drawings for paper: small SVGs of few paths, because each path and text costs layout time.

They are drawn here and not by Vega because the child that typesets one page must not load a
browser engine (577 ms and 65 MB for the first chart); the screen's charts show the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH = Decimal(360)  # the text column of 127 mm, in points
BARS = Decimal(54)
INK, GREY, MUTED, ACCENT = "#111", "#b5b5b5", "#4a4a4a", "#8a1c2c"


@dataclass(frozen=True, slots=True)
class Ink:
    """How a drawing is coloured: by value on paper; by class on a page, which is light or dark.
    `size` is that of its letters, in units of the drawing.
    """

    size: Decimal
    plain: str
    grey: str
    muted: str
    accent: str
    line: str
    curve: str
    head: str


PAPER = Ink(
    size=Decimal("7.6"),
    plain=f'fill="{INK}"',
    grey=f'fill="{GREY}"',
    muted=f'fill="{MUTED}"',
    accent=f'fill="{ACCENT}"',
    line=f'stroke="{INK}" stroke-width=".6"',
    curve=f'fill="none" stroke="{ACCENT}" stroke-width="1.4"',
    head='font-family="Parley Sans" font-size="7.6"',
)
PAGE = Ink(
    size=Decimal(12),
    plain='class="f-ink"',
    grey='class="f-mute"',
    muted='class="f-soft"',
    accent='class="f-acc"',
    line='class="axis"',
    curve='class="line s-acc"',
    head="",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its height, the word under it (if any) and the figure over it (if any)."""

    height: Decimal
    under: str = ""
    over: str = ""
    marked: bool = False


def bars(row: Sequence[Bar], *, ink: Ink = PAPER) -> bytes:
    """Draw the bars on one axis as SVG; negative heights hang from it, marked ones take the
    accent.
    """
    highest = max(max((b.height for b in row), default=Decimal(0)), Decimal(0))
    lowest = min(min((b.height for b in row), default=Decimal(0)), Decimal(0))
    scale = BARS / ((highest - lowest) or Decimal(1))
    axis = ink.size + Decimal("3.4") + highest * scale
    foot = ink.size + Decimal("3.4") + BARS + ink.size + Decimal("1.4")
    step = WIDTH / max(len(row), 1)
    shapes = [
        _path(row, marked=False, axis=axis, scale=scale, ink=ink),
        _path(row, marked=True, axis=axis, scale=scale, ink=ink),
    ]
    texts = [
        text
        for i, bar in enumerate(row)
        for text in _texts(
            bar,
            middle=step * i + step / 2,
            above=axis - _height_about(row, i) * scale,
            foot=foot,
            ink=ink,
        )
    ]
    line = f'<path d="M0 {axis:.1f}H{WIDTH}" {ink.line}/>'
    return drawn((*shapes, line, *texts), height=foot + 3, ink=ink)


def drawn(shapes: Sequence[str], *, height: Decimal, ink: Ink) -> bytes:
    """Put shapes into a drawing as wide as the text."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f"{ink.head}>{''.join(shapes)}</svg>"
    ).encode()


def dots(
    amounts: Sequence[Decimal],
    *,
    middle: Decimal,
    offer: Decimal | None,
    names: tuple[str, str],
    ends: tuple[str, ...],
) -> bytes:
    """Draw amounts as dots on a line from nothing to a round number above them, with their median
    and an offer as a diamond; `names` are the words for those two, `ends` for the line's ends.
    """
    highest = rounded_up(max([*amounts, middle, *((offer,) if offer is not None else ())]))
    scale = (WIDTH - 12) / (highest or Decimal(1))
    place = [6 + amount * scale for amount in amounts]
    at = 6 + middle * scale
    shapes = [
        f'<path d="M0 42H{WIDTH}" stroke="{INK}" stroke-width=".6"/>',
        f'<path d="M{at:.1f} 12V42" stroke="{INK}" stroke-width=".8"/>',
        *(f'<circle cx="{x:.1f}" cy="34" r="2.6" fill="{MUTED}"/>' for x in place),
        _text(names[0], x=at, y=Decimal(9), colour=MUTED),
        _text(ends[0], x=Decimal(0), y=Decimal(52), colour=MUTED),
        _text(ends[1], x=WIDTH, y=Decimal(52), colour=MUTED),
    ]
    if offer is not None:
        x = 6 + offer * scale
        shapes.append(f'<path d="M{x:.1f} 18l4 4l-4 4l-4 -4z" fill="{ACCENT}"/>')
        aside = x + 7 if x < WIDTH - 70 else x - 7
        anchor = "start" if x < WIDTH - 70 else "end"
        where = f'text-anchor="{anchor}" x="{aside:.1f}" y="24.6"'
        shapes.append(f'<text {where} fill="{ACCENT}">{escape(names[1])}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 55" '
        f'font-family="Parley Sans" font-size="7.6">{"".join(shapes)}</svg>'
    ).encode()


def rounded_up(amount: Decimal) -> Decimal:
    """Give the next round number above an amount: 1, 2 or 5 with noughts."""
    if amount <= 0:
        return Decimal(1)
    unit = Decimal(10) ** amount.adjusted()
    return next(unit * n for n in (1, 2, 5, 10) if unit * n >= amount)


def draft_mark(word: str) -> bytes:
    """Draw the outlined word that runs up the pen margin of a draft, 20 by 190 mm."""
    size = min(64, 640 // max(len(word), 1))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="190mm" viewBox="0 0 57 540">'
        '<text transform="translate(46 530) rotate(-90)" font-family="Parley Display" '
        f'font-size="{size}" letter-spacing="12" fill="{ACCENT}" fill-opacity=".18">'
        f"{escape(word)}</text></svg>"
    ).encode()


def _path(row: Sequence[Bar], *, marked: bool, axis: Decimal, scale: Decimal, ink: Ink) -> str:
    step = WIDTH / max(len(row), 1)
    width = min(step * Decimal("0.66"), Decimal(19))
    parts = [
        f"M{step * i + (step - width) / 2:.1f} {axis:.1f}v{-bar.height * scale:.1f}"
        f"h{width:.1f}v{bar.height * scale:.1f}z"
        for i, bar in enumerate(row)
        if bar.marked is marked and bar.height
    ]
    return f'<path d="{"".join(parts)}" {ink.accent if marked else ink.grey}/>' if parts else ""


def _texts(bar: Bar, *, middle: Decimal, above: Decimal, foot: Decimal, ink: Ink) -> list[str]:
    colour = ink.accent if bar.marked else ink.muted
    made = []
    if bar.over:
        made.append(written(bar.over, x=middle, y=above - 3, colour=colour, size=ink.size))
    if bar.under:
        made.append(written(bar.under, x=middle, y=foot, colour=ink.muted, size=ink.size))
    return made


def _height_about(row: Sequence[Bar], i: int) -> Decimal:
    # A figure is wider than its bar where there are many: it stands above its neighbours too.
    wide = 0 if len(row) <= 13 else 1 if len(row) <= 24 else 2
    return max(Decimal(0), *(bar.height for bar in row[max(0, i - wide) : i + wide + 1]))


def written(words: str, *, x: Decimal, y: Decimal, colour: str, size: Decimal) -> str:
    """Write words around a place; near an edge they begin or end there, so that none is cut."""
    half = Decimal(len(words)) * size * Decimal("0.263")
    anchor, place = "middle", x
    if x - half < 0:
        anchor, place = "start", Decimal(0)
    elif x + half > WIDTH:
        anchor, place = "end", WIDTH
    where = f'text-anchor="{anchor}" x="{place:.1f}" y="{y:.1f}"'
    return f"<text {where} {colour}>{escape(words)}</text>"


def _text(words: str, *, x: Decimal, y: Decimal, colour: str) -> str:
    return written(words, x=x, y=y, colour=f'fill="{colour}"', size=PAPER.size)
