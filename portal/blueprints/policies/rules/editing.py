"""A document that may still be wrong, changed: a value at a path, parts added, moved, dropped."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from .base import NUMBER, Document
from .conditions import FIELDS, Condition, Kind
from .playbooks import PlaybookStep
from .routing import RoutingRule
from .sheet import blank, shape_at


def digest(body: Mapping[str, Any]) -> str:
    """Give the digest of what a document says, however it is spelled."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def value_at(body: Any, path: str) -> Any:
    """Give what stands at a path; None where nothing does."""
    for step in path.split(".") if path else ():
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, Mapping) and step in body:
            body = body[step]
        else:
            return None
    return body


def with_value(body: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give a document with another value at a path; what the value leaves out of a part stays."""
    changed = deepcopy(dict(body))
    value = same_spelling(value_at(body, path), value)
    if not path:
        return {**changed, **value}
    above, _dot, name = path.rpartition(".")
    place = value_at(changed, above)
    if isinstance(place, list):
        place[int(name)] = value
    else:
        place[name] = value
    return changed


def same_spelling(before: Any, after: Any) -> Any:
    """Give a value with its numbers spelled as before where they are the same number."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {key: same_spelling(before.get(key), value) for key, value in after.items()}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [same_spelling(*pair) for pair in zip(before, after, strict=True)]
    texts = isinstance(before, str) and isinstance(after, str)
    if texts and NUMBER.fullmatch(before) and NUMBER.fullmatch(after):
        return before if Decimal(before) == Decimal(after) else after
    return after


def added(
    body: Mapping[str, Any], shape: type[Document], path: str, *, key: str, fact: str = ""
) -> dict[str, Any]:
    """Give a document with one more part in a list: a rule before the last one, which takes
    everything, and any other part at the end. `key` names a new rule or step; `fact` is what a
    condition looks at.
    """
    part = shape_at(shape, path)
    items = list(value_at(body, path) or [])
    if part is None:
        return deepcopy(dict(body))
    if part is RoutingRule:
        new = blank(part) | {"name": f"rule_{key}", "then": blank_actions()}
        items.insert(max(len(items) - 1, 0), new)
    elif part is PlaybookStep:
        items.append(blank(part) | {"name": f"step_{key}", "severity_at_least": "E4"})
    else:
        items.append(condition(fact) if part is Condition else blank(part))
    return with_value(body, path, items)


def blank_actions() -> dict[str, Any]:
    """Give what a new rule does until somebody says otherwise: what the last one usually does."""
    empty = {"team": None, "severity_at_least": None, "template": None}
    return {**empty, "owner": "account_csm", "level": "L2", "restricted": False, "tags": [],
            "watchers": []}  # fmt: skip


def condition(fact: str) -> dict[str, Any]:
    """Give a new condition about a fact, its value still to be chosen."""
    op = {Kind.WORD: "in", Kind.WORDS: "has", Kind.NUMBER: "at_least", Kind.YES_NO: "is"}
    return {"field": fact, "op": op[FIELDS.get(fact, Kind.WORD)], "value": None}


def moved(body: Mapping[str, Any], path: str, index: int, *, steps: int) -> dict[str, Any]:
    """Give a document in which one part of a list stands earlier (-1) or later (1)."""
    items = list(value_at(body, path) or [])
    to = index + steps
    if not (0 <= index < len(items) and 0 <= to < len(items)):
        return deepcopy(dict(body))
    items.insert(to, items.pop(index))
    return with_value(body, path, items)


def removed(body: Mapping[str, Any], path: str, index: int) -> dict[str, Any]:
    """Give a document without one part of a list."""
    items = list(value_at(body, path) or [])
    if not 0 <= index < len(items):
        return deepcopy(dict(body))
    del items[index]
    return with_value(body, path, items)
