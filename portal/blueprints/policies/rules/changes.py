"""What a proposed version changes against the one in force, field by field, in words; and how a
draft is carried over to a newer version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.i18n import _

from .base import Document
from .described import HEADINGS, Row, Section, described
from .words import label

IDENTITY = tuple(name for name in ("name", *HEADINGS) if name != "label")


@dataclass(frozen=True)
class Change:
    """A value that differs: where, what it was and what it becomes; None: not there."""

    section: str
    label: str
    before: Row | None
    after: Row | None


def changes(before: Document, after: Document) -> list[Change]:
    """Give every difference between two versions of a policy, in the order of the document."""
    old, new = _by_title(described(before)), _by_title(described(after))
    found = [*_texts(before, after)]
    for title in _order(list(old), list(new)):
        found += _section(title, old.get(title), new.get(title))
    return found + _moved(before, after)


def _texts(before: Document, after: Document) -> list[Change]:
    """Give the differences in what a policy says about itself."""
    pairs = [(_("Title"), before.title, after.title), (_("Note"), before.note, after.note)]
    return [
        Change(_("About this policy"), text, Row(text, _(old)), Row(text, _(new)))
        for text, old, new in pairs
        if old != new
    ]


def _by_title(sections: Sequence[Section]) -> dict[str, Section]:
    return {section.title: section for section in sections}


def _order(old: list[str], new: list[str]) -> list[str]:
    """Put titles in the order of the new version; what is gone stands where it stood."""
    found = list(new)
    for index, title in enumerate(old):
        if title not in found:
            before = [one for one in old[:index] if one in found]
            found.insert(found.index(before[-1]) + 1 if before else 0, title)
    return found


def _section(title: str, old: Section | None, new: Section | None) -> list[Change]:
    before, after = _rows(old), _rows(new)
    keys = list(after) + [key for key in before if key not in after]
    return [
        Change(title, key[0], before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _rows(section: Section | None) -> dict[tuple[str, int], Row]:
    """Give rows by their label; equal labels are told apart by their place."""
    found: dict[tuple[str, int], Row] = {}
    for row in section.rows if section else ():
        place = sum(1 for text, _n in found if text == row.label)
        found[row.label, place] = row
    return found


def _moved(before: Document, after: Document) -> list[Change]:
    """Give the lists whose parts stand in another order."""
    found = []
    for name in type(after).model_fields:
        old, new = (_names(getattr(document, name)) for document in (before, after))
        both = [key for key in new if key in old]
        if both != [key for key in old if key in new]:
            text = _("Order")
            found.append(
                Change(
                    label(name),
                    text,
                    Row(text, tuple(old[key] for key in old)),
                    Row(text, tuple(new[key] for key in new)),
                )
            )
    return found


def _names(value: Any) -> dict[str, str]:
    """Give the parts of a list by what tells them apart, with their label."""
    if not isinstance(value, tuple):
        return {}
    key = next((name for name in IDENTITY if value and hasattr(value[0], name)), None)
    if key is None:
        return {}
    return {
        str(getattr(one, key)): str(_(getattr(one, "label", getattr(one, key)))) for one in value
    }


@dataclass(frozen=True)
class Merged:
    """A draft on top of a newer version, and the places that both changed."""

    body: Any
    both: tuple[str, ...]


def rebase(base: Any, mine: Any, theirs: Any, *, path: str = "") -> Merged:
    """Carry over what `mine` changed against `base` to `theirs`; where both changed a value, mine
    stands and the place is named.
    """
    if mine in (base, theirs):
        return Merged(theirs, ())
    if theirs == base:
        return Merged(mine, ())
    if all(isinstance(one, Mapping) for one in (base, mine, theirs)):
        return _mapping(base, mine, theirs, path)
    old, own, new = (_keyed(one) for one in (base, mine, theirs))
    if old is not None and own is not None and new is not None:
        return _list(old, own, new, path)
    return Merged(mine, (path,))


def _mapping(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], path: str
) -> Merged:
    found: dict[str, Any] = {}
    both: list[str] = []
    gone = object()
    for key in [*theirs, *(key for key in mine if key not in theirs)]:
        here = f"{path}.{key}" if path else key
        values = [one.get(key, gone) for one in (base, mine, theirs)]
        merged = rebase(*values, path=here)
        both += merged.both
        if merged.body is not gone:
            found[key] = merged.body
    return Merged(found, tuple(both))


def _keyed(value: Any) -> dict[str, Any] | None:
    """Give the parts of a list by what tells them apart; None where nothing does."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return None
    for name in IDENTITY:
        keys = [one.get(name) for one in value]
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            return dict(zip(keys, value, strict=True))
    return None


def _list(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], path: str) -> Merged:
    """Merge parts by what tells them apart; my order stands where I changed it."""
    merged = _mapping(base, mine, theirs, path)
    kept: dict[str, Any] = merged.body
    mine_moved = [key for key in mine if key in base] != [key for key in base if key in mine]
    order = _order(list(theirs), list(mine)) if mine_moved else _order(list(mine), list(theirs))
    return Merged([kept[key] for key in order if key in kept], merged.both)
