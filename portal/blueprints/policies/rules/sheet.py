"""A policy document as a form: which fields it has, how each is filled in, and what stands there.

The form follows from the shape of the document, so that no kind of policy needs one of its own.
"""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from portal.core.i18n import _

from .admission import EntryFact, fact_says
from .base import NUMBER, Document, Part, Span
from .conditions import ALLOWED, CHOICES, FIELDS, Condition, Kind, Op
from .described import HEADINGS, MONEY, PERCENT, fact_words, percent
from .words import label, unit_words, word

Options = tuple[tuple[str, str], ...]
LONG = frozenset({"aim", "note", "means", "warning", "applies_to"})
ROWS = frozenset({"ExitCondition"})
"""Parts that stand in their list, however many fields they have."""
SMALL = 4
"""A part with more fields than this, or with parts inside, gets a page of its own."""


FIXED = frozenset({
    "Playbook.trigger", "PlaybookStep.name", "RiskFactor.name", "RoutingRule.name",
    "SeverityLevel.severity",
})  # fmt: skip
"""What a part is known by in the log and in decisions: nobody types it."""
LEARNED = frozenset({"RiskPolicy.churn"})
"""What is learned from our own records: nobody types it, so that forms leave it out."""
CLOSED = frozenset({"levels", "factors", "playbooks"})
"""Lists that always hold the same parts in the same order."""


class Control(StrEnum):
    """How a value is filled in."""

    LINE = "line"
    TEXT = "text"
    WHOLE = "whole"
    EXACT = "exact"
    PERCENT = "percent"
    DAY = "day"
    FLAG = "flag"
    ONE = "one"
    SOME = "some"
    RANKED = "ranked"
    LINES = "lines"
    NUMBERS = "numbers"
    SPAN = "span"
    HOURS = "hours"
    FACT = "fact"


@dataclass(frozen=True)
class Field:
    """One value: where it stands, how it is filled in, and what is there as it would be typed."""

    path: str
    label: str
    control: Control
    value: Any
    options: Options = ()
    optional: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Group:
    """Fields that belong together; `whole` says that it has a page of its own."""

    path: str
    label: str
    nodes: tuple["Node", ...]
    whole: bool = False


@dataclass(frozen=True)
class Rows:
    """Groups in an order, which can be added, moved and taken away."""

    path: str
    label: str
    groups: tuple[Group, ...]
    conditions: bool = False
    fixed: bool = False

    @property
    def large(self) -> bool:
        """Say whether each of its groups has a page of its own."""
        return any(group.whole for group in self.groups)


Node = Field | Group | Rows


@dataclass(frozen=True)
class _Shape:
    """What a field's annotation says."""

    base: Any
    many: bool
    optional: bool


def _shape(annotation: Any) -> _Shape:
    """Take apart an annotation: its plain type, whether it is a tuple, whether None is allowed."""
    return _taken_apart(annotation)


@lru_cache(512)
def _taken_apart(annotation: Any) -> _Shape:
    if get_origin(annotation) is Annotated:
        return _shape(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        found = _shape(inner[0])
        return _Shape(found.base, found.many, type(None) in get_args(annotation))
    if get_origin(annotation) is tuple:
        return _Shape(_shape(get_args(annotation)[0]).base, True, False)
    return _Shape(annotation, False, False)


def tree(
    shape: type[Document], body: Mapping[str, Any], *, lists: Mapping[str, Options] | None = None
) -> Group:
    """Give the form of a document as it stands, right or wrong; `lists` are the choices of fields
    (by name) that only the company knows.
    """
    return Group("", "", tuple(_nodes(shape, body, "", lists or {})), whole=True)


def find(root: Group, path: str) -> Node | None:
    """Give the node at a path; None where there is none."""
    return next((node for node in walk(root) if node.path == path), None)


def walk(node: Node) -> Iterator[Node]:
    """Give a node and everything below it."""
    yield node
    inner: Sequence[Node] = ()
    if isinstance(node, Group):
        inner = node.nodes
    elif isinstance(node, Rows):
        inner = node.groups
    for one in inner:
        yield from walk(one)


def blank(shape: type[Part]) -> dict[str, Any]:
    """Give an empty part to be filled in."""
    return {name: _blank(_shape(info.annotation)) for name, info in shape.model_fields.items()}


def shape_at(shape: type[Part], path: str) -> type[Part] | None:
    """Give the shape of the parts that a list at a path holds."""
    found: Any = shape
    for step in path.split("."):
        if step.isdigit():
            continue
        if not (isinstance(found, type) and issubclass(found, Part)):
            return None
        if step not in found.model_fields:
            return None
        found = _shape(found.model_fields[step].annotation).base
    return found if isinstance(found, type) and issubclass(found, Part) else None


def _blank(shape: _Shape) -> Any:
    if shape.optional:
        return None
    if shape.many:
        return []
    if shape.base is bool:
        return False
    if isinstance(shape.base, type) and issubclass(shape.base, Part):
        return blank(shape.base)
    return ""


def _nodes(shape: type[Part], body: Any, path: str, lists: Mapping[str, Options]) -> Iterator[Node]:
    given = body if isinstance(body, Mapping) else {}
    for name, info in shape.model_fields.items():
        if f"{shape.__name__}.{name}" in LEARNED:
            continue
        here = f"{path}.{name}" if path else name
        value = given.get(name, None if info.is_required() else info.default)
        if f"{shape.__name__}.{name}" in FIXED:
            yield Field(here, label(name), Control.FACT, _typed(value))
        else:
            yield _node(name, _shape(info.annotation), value, here, lists)


def _node(name: str, shape: _Shape, value: Any, path: str, lists: Mapping[str, Options]) -> Node:
    base = shape.base
    if isinstance(base, type) and issubclass(base, Part):
        if issubclass(base, Span):
            return _span(name, base, value, path, optional=shape.optional)
        if shape.many:
            return _rows(name, base, value, path, lists)
        return Group(path, label(name), tuple(_nodes(base, value, path, lists)))
    return _field(name, shape, value, path, lists)


def _rows(name: str, base: type[Part], value: Any, path: str, lists: Mapping[str, Options]) -> Rows:
    items = value if isinstance(value, list | tuple) else []
    if base is Condition:
        groups = [_condition(item, f"{path}.{i}", lists) for i, item in enumerate(items)]
        return Rows(path, label(name), tuple(groups), conditions=True)
    groups = []
    for index, item in enumerate(items):
        here = f"{path}.{index}"
        nodes = tuple(_nodes(base, item, here, lists))
        large = len(nodes) > SMALL and base.__name__ not in ROWS
        whole = large or any(isinstance(node, Group | Rows) for node in nodes)
        groups.append(Group(here, heading(item, index), nodes, whole=whole))
    return Rows(path, label(name), tuple(groups), fixed=name in CLOSED)


def heading(item: Any, index: int) -> str:
    """Give what a part of a list is called; parts without a name are numbered."""
    given = item if isinstance(item, Mapping) else {}
    found = next((given[key] for key in HEADINGS if isinstance(given.get(key), str)), "")
    if not found or (len(given) <= SMALL and "name" not in given and "key" not in given):
        return str(index + 1)
    return str(_(found)) if given.get("label") == found else word(found)


def _span(name: str, base: type[Span], value: Any, path: str, *, optional: bool) -> Field:
    given = value if isinstance(value, Mapping) else {}
    units = _members(_shape(base.model_fields["unit"].annotation).base)
    options = tuple((unit, unit_words(_unit(unit), 2)) for unit in units)
    shown = (_typed(given.get("count")), str(given.get("unit") or units[0]))
    return Field(path, label(name), Control.SPAN, shown, options, optional)


def _unit(name: str) -> Any:
    return Span.model_fields["unit"].annotation(name)  # type: ignore[misc]


def _members(base: Any) -> tuple[str, ...]:
    """Give the names that a closed list allows."""
    if get_origin(base) is Literal:
        return tuple(str(getattr(arg, "value", arg)) for arg in get_args(base))
    return tuple(str(member.value) for member in base)


def _is_closed(base: Any) -> bool:
    return get_origin(base) is Literal or (isinstance(base, type) and issubclass(base, Enum))


def _field(name: str, shape: _Shape, value: Any, path: str, lists: Mapping[str, Options]) -> Field:
    """Give the field of a plain value."""
    base, text = shape.base, label(name)
    if _is_closed(base):
        says = fact_says if base is EntryFact else word
        options: Options = tuple((one, says(one)) for one in _members(base))
        control = Control.ONE
        if shape.many:
            control = Control.RANKED if name.endswith("_order") else Control.SOME
            value = [str(one) for one in value or ()]
        return Field(path, text, control, value or "", options, shape.optional)
    if shape.many:
        control = Control.NUMBERS if base is int else Control.LINES
        return Field(path, text, control, "\n".join(str(one) for one in value or ()))
    if name in lists:
        return _listed(path, text, value, lists[name], optional=shape.optional)
    if get_origin(base) is dict:
        return Field(path, text, Control.HOURS, _week(value))
    plain = {bool: Control.FLAG, int: Control.WHOLE, date: Control.DAY}
    if base in plain:
        shown = bool(value) if base is bool else _typed(value)
        return Field(path, text, plain[base], shown, (), shape.optional, _unit_of(name))
    if base is Decimal:
        return _exact(name, path, text, value, optional=shape.optional)
    control = Control.TEXT if name in LONG else Control.LINE
    return Field(path, text, control, _typed(value), (), shape.optional)


def _listed(path: str, text: str, value: Any, options: Options, *, optional: bool) -> Field:
    """Give a choice among what the company has; what stands there stays choosable."""
    known = {key for key, _label in options}
    more: Options = () if not value or value in known else ((str(value), str(value)),)
    return Field(path, text, Control.ONE, value or "", options + more, optional)


def _exact(name: str, path: str, text: str, value: Any, *, optional: bool) -> Field:
    shown = _typed(value)
    if name not in PERCENT:
        unit = _("in the policy's currency") if name in MONEY else ""
        return Field(path, text, Control.EXACT, shown, (), optional, unit)
    if NUMBER.fullmatch(shown):
        shown = f"{percent(Decimal(shown)):f}"
    return Field(path, text, Control.PERCENT, shown, (), optional, "%")


def _unit_of(name: str) -> str:
    return "%" if name == "share_percent" else _("minutes") if name == "minutes_after" else ""


def _typed(value: Any) -> str:
    return "" if value is None else str(value)


def _week(value: Any) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Give the opening hours of seven days, Monday first."""
    given = value if isinstance(value, Mapping) else {}
    days = []
    for day in range(7):
        pairs = given.get(str(day)) or ()
        days.append(tuple((str(a), str(b)) for a, b in (tuple(pair) for pair in pairs)))
    return tuple(days)


WORD_OPS = (Op.IN, Op.NOT_IN, Op.KNOWN, Op.UNKNOWN)


def _condition(item: Any, path: str, lists: Mapping[str, Options]) -> Group:
    """Give a condition as a form: its fact stands, the comparison and the value can be changed."""
    given = item if isinstance(item, Mapping) else {}
    name = str(given.get("field", ""))
    kind = FIELDS.get(name, Kind.WORD)
    ops = WORD_OPS if kind is Kind.WORD else tuple(op for op in Op if op in ALLOWED[kind])
    op = {"is": "in", "is_not": "not_in"}.get(str(given.get("op", "")), str(given.get("op", "")))
    op = op if kind is Kind.WORD else str(given.get("op", ""))
    nodes: list[Node] = [
        Field(f"{path}.field", _("Fact"), Control.FACT, name),
        Field(
            f"{path}.op",
            _("Comparison"),
            Control.ONE,
            op,
            tuple((one.value, word(one.value)) for one in ops),
        ),
        _condition_value(name, kind, given.get("value"), f"{path}.value", lists),
    ]
    return Group(path, fact_words(name) if name in FIELDS else name, tuple(nodes))


def _condition_value(
    name: str, kind: Kind, value: Any, path: str, lists: Mapping[str, Options]
) -> Field:
    text = _("Value")
    if kind is Kind.YES_NO:
        shown = "" if value is None else "yes" if value is True else "no"
        return Field(path, text, Control.ONE, shown, (("yes", _("yes")), ("no", _("no"))), True)
    if kind is Kind.NUMBER:
        if name.endswith("_share"):
            shown = _typed(value)
            good = NUMBER.fullmatch(shown)
            shown = f"{percent(Decimal(shown)):f}" if good else shown
            return Field(path, text, Control.PERCENT, shown, (), True, "%")
        return Field(path, text, Control.EXACT, _typed(value), (), True)
    if kind is Kind.WORDS:
        return Field(path, text, Control.LINE, _typed(value), (), True)
    values = [str(one) for one in value] if isinstance(value, list | tuple) else [value or ""]
    options = lists.get(name) or tuple((one, word(one)) for one in CHOICES.get(name, ()))
    if options:
        return Field(path, text, Control.SOME, [one for one in values if one], options, True)
    return Field(path, text, Control.LINES, "\n".join(one for one in values if one), (), True)
