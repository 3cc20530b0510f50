"""Why, and why that: the answers behind a cause as a tree, whose branches never come round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.blueprints.accounts.rules import Objection
from portal.core.i18n import _

MOST_WHYS = 40
DEEPEST = 7
LONGEST_WHY = 400


@dataclass(frozen=True)
class Why:
    """One answer to “why?”, under the answer that it explains; under none it explains the cause."""

    id: int
    parent: int | None
    text: str


@dataclass(frozen=True)
class WhyNode:
    """An answer with those that explain it, numbered like a paragraph: 1, 1.1, 1.2, 2."""

    id: int
    number: str
    text: str
    children: Sequence["WhyNode"]


def chain(texts: Sequence[str]) -> list[Why]:
    """Give answers of which each explains the one before; empty ones are left out."""
    said = [text for text in (" ".join(text.split()) for text in texts) if text]
    return [Why(n, n - 1 or None, text) for n, text in enumerate(said, start=1)]


def whys_read(kept: Sequence[Any]) -> list[Why]:
    """Give the answers of a cause as they are kept; texts alone are a chain, as they were once."""
    if all(isinstance(one, str) for one in kept):
        return chain([str(one) for one in kept])
    return [
        Why(int(one["id"]), one["parent"], str(one["text"]))
        for one in kept
        if isinstance(one, Mapping)
    ]


def whys_kept(whys: Sequence[Why]) -> list[dict[str, Any]]:
    """Give answers as they are kept."""
    return [{"id": one.id, "parent": one.parent, "text": one.text} for one in whys]


def objections_to_whys(whys: Sequence[Why]) -> tuple[Objection, ...]:
    """Say what keeps answers from being a tree: one that explains itself by a detour, one under
    nothing we know, too many or too deep ones, and answers of no words.
    """
    found = []
    parents = {one.id: one.parent for one in whys}
    if any(_comes_round(one.id, parents) for one in whys):
        message = _(
            "This would come round: an answer cannot explain itself, not by a detour either."
        )
        found.append(Objection("cycle", message, "parent"))
    elif any(one.parent is not None and one.parent not in parents for one in whys):
        found.append(Objection("no_parent", _("The answer it explains is gone."), "parent"))
    elif any(_depth(one.id, parents) > DEEPEST for one in whys):
        message = _("At most %(count)s answers below each other.", count=DEEPEST)
        found.append(Objection("too_deep", message, "parent"))
    if len(parents) < len(whys) or len(whys) > MOST_WHYS:
        message = _("At most %(count)s answers to one cause.", count=MOST_WHYS)
        found.append(Objection("too_many", message, "text"))
    if any(not one.text.strip() for one in whys):
        found.append(Objection("no_words", _("Say it in words."), "text"))
    if any(len(one.text) > LONGEST_WHY for one in whys):
        message = _("At most %(count)s characters.", count=LONGEST_WHY)
        found.append(Objection("too_long", message, "text"))
    return tuple(found)


def _comes_round(start: int, parents: Mapping[int, int | None]) -> bool:
    seen, here = {start}, parents[start]
    while here is not None and here in parents:
        if here in seen:
            return True
        seen.add(here)
        here = parents[here]
    return False


def _depth(start: int, parents: Mapping[int, int | None]) -> int:
    """Give how deep an answer lies, in a tree that does not come round."""
    depth, here = 1, parents[start]
    while here is not None:
        depth, here = depth + 1, parents[here]
    return depth


def with_why(whys: Sequence[Why], text: str, *, parent: int | None) -> list[Why]:
    """Give answers with one more."""
    number = max((one.id for one in whys), default=0) + 1
    return [*whys, Why(number, parent, " ".join(text.split()))]


def why_changed(whys: Sequence[Why], why_id: int, text: str, *, parent: int | None) -> list[Why]:
    """Give answers of which one says something else, or stands elsewhere with all below it."""
    said = " ".join(text.split())
    return [replace(one, text=said, parent=parent) if one.id == why_id else one for one in whys]


def without_why(whys: Sequence[Why], why_id: int) -> list[Why]:
    """Give answers without one; those that explained it move up to what it explained."""
    gone = next(one for one in whys if one.id == why_id)
    return [
        replace(one, parent=gone.parent) if one.parent == why_id else one
        for one in whys
        if one.id != why_id
    ]


def why_tree(whys: Sequence[Why]) -> list[WhyNode]:
    """Give answers as a tree; a plain chain is counted through, as five whys are."""
    below: dict[int | None, list[Why]] = {}
    for one in whys:
        below.setdefault(one.parent, []).append(one)
    is_chain = all(len(found) == 1 for found in below.values())
    return _nodes(below, None, "", is_chain=is_chain, depth=1)


def _nodes(
    below: Mapping[int | None, Sequence[Why]],
    parent: int | None,
    prefix: str,
    *,
    is_chain: bool,
    depth: int,
) -> list[WhyNode]:
    found = []
    for place, one in enumerate(below.get(parent, ()), start=1):
        number = str(depth) if is_chain else f"{prefix}{place}"
        under = _nodes(below, one.id, f"{number}.", is_chain=is_chain, depth=depth + 1)
        found.append(WhyNode(one.id, number, one.text, under))
    return found


def flat(nodes: Sequence[WhyNode]) -> list[WhyNode]:
    """Give the answers of a tree one after the other, each before those that explain it."""
    return [one for node in nodes for one in (node, *flat(node.children))]
