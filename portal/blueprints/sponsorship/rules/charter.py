"""What a charter must say, and what changed between two versions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Literal

from portal.blueprints.accounts.rules import Objection
from portal.core.i18n import _

LONGEST = 4_000
LONGEST_LINE = 300
MOST_LINES = 40
HIGHEST = 1_000_000
"""No number of a version is higher."""


@dataclass(frozen=True, slots=True)
class Metric:
    """By what the programme is measured, and how much is enough, both in words."""

    name: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """What a charter says: the purpose as prose, everything else a line for each thing; a metric's
    line is its name, a colon and its target.
    """

    purpose: str
    metrics: str
    duties: str
    donts: str
    customer: str
    training: str


FIELDS = tuple(Charter.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text that stays, comes or goes."""

    what: Literal["stays", "comes", "goes"]
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose text differs between two versions, line by line."""

    field: str
    lines: tuple[Line, ...]


def tidied(page: Charter) -> Charter:
    """Give a charter without spaces around its lines and without empty ones, prose excepted."""
    lines = {name: "\n".join(lines_of(text)) for name, text in asdict(page).items()}
    prose = page.purpose.replace("\r\n", "\n").strip()
    return Charter(**{**lines, "purpose": prose})


def lines_of(text: str) -> tuple[str, ...]:
    """Give the lines of a text that say something."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def metrics(text: str) -> tuple[Metric, ...]:
    """Read the metrics of a text, a line each; without a colon the target is empty."""
    found = []
    for line in lines_of(text):
        name, _colon, target = line.partition(":")
        found.append(Metric(name.strip(), target.strip()))
    return tuple(found)


def metric_lines(rows: Sequence[Mapping[str, str]]) -> str:
    """Give the text that `metrics` reads."""
    return "\n".join(f"{row['name']}: {row['target']}" for row in rows)


def objections_to_charter(page: Charter) -> tuple[Objection, ...]:
    """Say what a tidied charter lacks, and what in it is too long."""
    found = []
    for name, text in asdict(page).items():
        if not text:
            found.append(Objection("empty", _("A charter says something about this."), name))
        if len(text) > LONGEST:
            message = _("This is too long: %(most)s characters at most.", most=LONGEST)
            found.append(Objection("too_long", message, name))
        elif name != "purpose":
            found += _long_lists(name, text)
    for one in metrics(page.metrics):
        if not (one.name and one.target):
            line = one.name or one.target
            message = _("Write a target after a colon: “%(line)s” has none.", line=line[:80])
            found.append(Objection("no_target", message, "metrics"))
    return tuple(found)


def _long_lists(name: str, text: str) -> list[Objection]:
    lines = text.splitlines()
    if len(lines) > MOST_LINES or max(map(len, lines), default=0) > LONGEST_LINE:
        message = _(
            "At most %(lines)s lines of %(most)s characters.", lines=MOST_LINES, most=LONGEST_LINE
        )
        return [Objection("long_list", message, name)]
    return []


def differences(before: Charter, after: Charter) -> tuple[Difference, ...]:
    """Give what differs between two charters, field by field in their order."""
    old, new = asdict(before), asdict(after)
    return tuple(
        Difference(name, _lines(old[name].splitlines(), new[name].splitlines()))
        for name in FIELDS
        if old[name] != new[name]
    )


def _lines(old: Sequence[str], new: Sequence[str]) -> tuple[Line, ...]:
    found: list[Line] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            found += [Line("stays", text) for text in old[a:b]]
        else:
            found += [Line("goes", text) for text in old[a:b]]
            found += [Line("comes", text) for text in new[c:d]]
    return tuple(line for line in found if line.text.strip())
