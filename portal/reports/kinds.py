"""The kinds of briefing that can be typeset, each with its facts, its sheet and its most pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.reports import account_briefing
from portal.reports.errors import BadSnapshot
from portal.reports.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of briefing: the shape of its facts, how its sheet is built, and its most pages."""

    name: str
    shape: type[Any]
    build: Callable[..., Sheet]
    pages: int


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            account_briefing.KIND,
            account_briefing.AccountBriefing,
            account_briefing.build,
            account_briefing.PAGES,
        ),
    )
}


def kind(name: str) -> Kind:
    """Give the kind of that name; BadSnapshot if there is none."""
    if name not in KINDS:
        raise BadSnapshot(f"no briefing is of kind {name!r:.40}")
    return KINDS[name]
