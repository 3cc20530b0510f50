"""Two people wrote the same text: what both changed stands, where they did not touch the same
lines; and what one version says that another does not.
"""

from difflib import SequenceMatcher
from typing import NamedTuple

AROUND = 1


class Edit(NamedTuple):
    """Lines of a text, from one to before another, that became others."""

    start: int
    end: int
    lines: tuple[str, ...]


class Difference(NamedTuple):
    """A line of a text and what became of it: `same`, `gone` or `new`; `left` where lines that did
    not change are left out.
    """

    mark: str
    text: str


def edits(base: str, text: str) -> list[Edit]:
    """Give what was changed in a text, line by line."""
    before, after = base.split("\n"), text.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        Edit(start, end, tuple(after[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Give a text with what two people made of it; None where they touched the same lines, or lines
    beside each other, so that only a person can say what it should be.
    """
    ours, others = edits(base, mine), edits(base, theirs)
    new = [one for one in ours if one not in others]
    if any(_meet(one, other) for one in new for other in others):
        return None
    lines = base.split("\n")
    for one in sorted([*new, *others], reverse=True):
        lines[one.start : one.end] = one.lines
    return "\n".join(lines)


def _meet(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def differences(before: str, after: str) -> list[Difference]:
    """Give what a version says beside the one before it, with a line around each change."""
    old, new = before.split("\n"), after.split("\n")
    found: list[Difference] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(AROUND):
        if found:
            found.append(Difference("left", ""))
        for tag, start, end, first, last in group:
            if tag == "equal":
                found += [Difference("same", line) for line in old[start:end]]
                continue
            found += [Difference("gone", line) for line in old[start:end] if line]
            found += [Difference("new", line) for line in new[first:last] if line]
    return found
