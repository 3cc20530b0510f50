"""Drawings of causes and trends, the same on a page and on paper: what recurs, the largest first;
and how long it takes until things are settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from markupsafe import Markup

from portal.reports.charts import PAPER, WIDTH, Ink, drawn, written

LETTER = Decimal("0.56")
"""How wide a letter is, as a share of its size; a wide one, so that nothing is cut."""
HIGH = Decimal(96)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bar that lies: its name, its length, the figure at its end, and where it leads."""

    name: str
    length: Decimal
    shown: str
    href: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on this share is left."""

    day: int
    left: Decimal


def on_page(svg: bytes) -> Markup:
    """Give a drawing of this module as a part of a page: the words in it are escaped."""
    return Markup(svg.decode())  # noqa: S704 - see _ranked


def pareto(rows: Sequence[Ranked], *, ink: Ink = PAPER) -> bytes:
    """Draw the bars one under the other, each under its name, in the order given; on a page each is
    a link to what it counts.
    """
    pitch = ink.size * Decimal("2.7")
    longest = max((row.length for row in rows), default=Decimal(0)) or Decimal(1)
    shapes = [_ranked(row, top=pitch * i, longest=longest, ink=ink) for i, row in enumerate(rows)]
    return drawn(shapes, height=pitch * len(rows), ink=ink)


def _ranked(row: Ranked, *, top: Decimal, longest: Decimal, ink: Ink) -> str:
    base, thick = top + ink.size, ink.size * Decimal("0.8")
    room = WIDTH - LETTER * ink.size * len(row.shown) - 8
    name = clipped(row.name, room=room, size=ink.size)
    colour = ink.accent if row.marked else ink.grey
    length = max(row.length, Decimal(0)) * WIDTH / longest
    text = f'<text x="0" y="{base:.1f}" {ink.plain}>{escape(name)}</text>'
    figure = (
        f'<text x="{WIDTH}" y="{base:.1f}" text-anchor="end" {ink.plain}>{escape(row.shown)}</text>'
    )
    foot = base + ink.size * Decimal("0.4")
    bar = f'<path d="M0 {foot:.1f}h{length:.1f}v{thick:.1f}H0z" {colour}/>'
    if not row.href:
        return text + figure + bar
    # The whole line can be hit, not the bar alone: a short bar is hard to hit with a thumb.
    area = (
        f'<rect x="0" y="{top:.1f}" width="{WIDTH}" height="{foot + thick - top:.1f}" class="hit"/>'
    )
    label = f"{row.name}: {row.shown}"
    return (
        f'<a href="{escape(row.href)}" aria-label="{escape(label)}">{area}{text}{figure}{bar}</a>'
    )


def clipped(words: str, *, room: Decimal, size: Decimal) -> str:
    """Shorten words to the room there is."""
    most = max(int(room / (LETTER * size)), 4)
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def survival(
    steps: Sequence[Step],
    *,
    days: int,
    limits: Sequence[tuple[int, str]],
    ends: tuple[str, str],
    ink: Ink = PAPER,
) -> bytes:
    """Draw the share that is left from the first day to `days`, as steps downwards; `limits` are
    days with a word each, `ends` the words for all and for none.
    """
    left = LETTER * ink.size * max(len(word) for word in ends) + 10
    top = ink.size + 6
    across = (WIDTH - left) / max(days, 1)

    def x(day: int) -> Decimal:
        return left + across * min(day, days)

    def y(share: Decimal) -> Decimal:
        return top + HIGH * (1 - share)

    path, last = f"M{x(0):.1f} {y(Decimal(1)):.1f}", Decimal(1)
    for step in steps:
        if step.day > days:
            break
        path += f"H{x(step.day):.1f}V{y(step.left):.1f}"
        last = step.left
    path += f"H{x(days):.1f}V{y(last):.1f}"
    foot = top + HIGH
    shapes = [
        f'<path d="M{left:.1f} {foot:.1f}H{WIDTH}" {ink.line}/>',
        f'<text x="0" y="{top + ink.size / 3:.1f}" {ink.muted}>{escape(ends[0])}</text>',
        f'<text x="0" y="{foot:.1f}" {ink.muted}>{escape(ends[1])}</text>',
        *(_limit(x(day), word, top=top, foot=foot, ink=ink) for day, word in limits),
        f'<path d="{path}" {ink.curve}/>',
    ]
    return drawn(shapes, height=foot + ink.size * Decimal("1.6"), ink=ink)


def _limit(at: Decimal, word: str, *, top: Decimal, foot: Decimal, ink: Ink) -> str:
    line = f'<path d="M{at:.1f} {top:.1f}V{foot:.1f}" stroke-dasharray="2 2" {ink.line}/>'
    under = foot + ink.size * Decimal("1.25")
    return line + written(word, x=at, y=under, colour=ink.muted, size=ink.size)
