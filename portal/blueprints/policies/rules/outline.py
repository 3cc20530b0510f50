"""The pages of a policy's form: which parts are filled in together, and what is to be put right
where.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core.i18n import _

from .changes import IDENTITY
from .conditions import FIELDS
from .described import fact_words
from .editing import value_at
from .findings import Finding
from .problems import Problem
from .sheet import Control, Field, Group, Node, Rows, walk


@dataclass(frozen=True)
class Said:
    """Something said about a page: the field it concerns, that field's label, and the words."""

    path: str
    label: str
    text: str


@dataclass(frozen=True)
class Page:
    """One page of a form: its place, its name, and what stands on it; a list whose parts have
    pages of their own names them in `parts`.
    """

    path: str
    label: str
    node: Node
    parts: tuple["Page", ...] = ()
    fixed: bool = False
    key: str = ""
    changed: bool = False
    problems: tuple["Said", ...] = ()
    findings: tuple["Said", ...] = ()


def pages(
    root: Group,
    *,
    body: Mapping[str, Any],
    base: Mapping[str, Any],
    problems: Iterable[Problem],
    findings: Iterable[Finding],
) -> list[Page]:
    """Give the pages of a document's form in its order, plain fields first."""
    marks = _Marks(body, base, tuple(problems), tuple(findings))
    plain = tuple(n for n in root.nodes if isinstance(n, Field) and n.control is not Control.HOURS)
    found = [marks.page(Group("", _("In general"), plain), ["", *(node.path for node in plain)])]
    for node in root.nodes:
        if isinstance(node, Rows) and node.large:
            parts = tuple(marks.page(group, [group.path]) for group in node.groups)
            found.append(marks.page(node, [node.path], parts=parts))
        elif node not in plain:
            found.append(marks.page(node, [node.path]))
    return found


def page_at(found: Iterable[Page], path: str) -> Page | None:
    """Give the page at a place that can be filled in; None where there is none."""
    for page in found:
        if page.path == path and not page.parts:
            return page
        for part in page.parts:
            if part.path == path:
                return part
    return None


@dataclass(frozen=True)
class _Marks:
    """Says of each page what changed and what is to be looked at."""

    body: Mapping[str, Any]
    base: Mapping[str, Any]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]

    def page(self, node: Node, paths: list[str], *, parts: tuple[Page, ...] = ()) -> Page:
        """Make the page of a node that holds some places."""
        within = [part.path for part in parts]
        return Page(
            path=node.path,
            label=node.label,
            node=node,
            parts=parts,
            fixed=isinstance(node, Rows) and node.fixed,
            key=self._key(node.path),
            changed=any(self._changed(path) for path in paths),
            problems=_said(node, self.problems, paths, within),
            findings=_said(node, self.findings, paths, within),
        )

    def _key(self, path: str) -> str:
        value = value_at(self.body, path) if path else None
        return str(value.get("name", "")) if isinstance(value, Mapping) else ""

    def _changed(self, path: str) -> bool:
        """Say whether something at a place differs; parts of a list are found by what tells them
        apart, wherever they stand.
        """
        if not path:
            return False  # its fields are looked at one by one
        mine = value_at(self.body, path)
        above, _dot, step = path.rpartition(".")
        if not step.isdigit() or not isinstance(mine, Mapping):
            return bool(mine != value_at(self.base, path))
        name = next((n for n in IDENTITY if isinstance(mine.get(n), str)), None)
        old = value_at(self.base, above) or []
        if name is None:
            return bool(mine not in old)
        return next((one for one in old if one.get(name) == mine[name]), None) != mine


def _said(
    node: Node, items: Iterable[Problem | Finding], paths: list[str], within: list[str]
) -> tuple[Said, ...]:
    """Give what is said about a page, each at the deepest field that holds its place."""
    labels = {inner.path: inner.label for inner in walk(node)}
    found = []
    for item in items:
        if _here(item.path, paths, within):
            path = _deepest(item.path, labels)
            found.append(Said(path, "" if path == node.path else labels[path], item.text))
    return tuple(found)


def _deepest(path: str, places: Collection[str]) -> str:
    while path not in places and path:
        path = path.rpartition(".")[0]
    return path


def _here(path: str, paths: list[str], within: list[str]) -> bool:
    """Say whether a place belongs to a page, and to none of the pages of its parts."""
    return any(_inside(path, one) for one in paths) and not any(_inside(path, w) for w in within)


def _inside(path: str, place: str) -> bool:
    return path == place or (bool(place) and path.startswith(f"{place}."))


def beside(said: Iterable[Said]) -> dict[str, list[str]]:
    """Give what is said by the field it concerns."""
    found: dict[str, list[str]] = {}
    for one in said:
        found.setdefault(one.path, []).append(one.text)
    return found


def page_with(page: Page, root: Group) -> Page:
    """Give a page with what stands at its places in another form of the same document."""
    others = {node.path: node for node in walk(root)}
    if isinstance(page.node, Group) and not page.path:
        nodes = tuple(others[node.path] for node in page.node.nodes)
        return replace(page, node=replace(page.node, nodes=nodes))
    return replace(page, node=others[page.path])


def fact_choices() -> list[tuple[str, str]]:
    """Give the facts that a condition can look at, by their name for the reader."""
    return sorted(((name, fact_words(name)) for name in FIELDS), key=lambda pair: pair[1])
