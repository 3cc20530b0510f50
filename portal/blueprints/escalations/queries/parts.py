"""How the small records of a case stand in one statement: parts of a union, alike in shape."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from ..models import Escalation

TEXT = sa.Text()
CASE_ID: Any = sa.bindparam("case_id")
CASE_REF: Any = sa.bindparam("case_ref")


def chain(start: sa.ColumnElement[bool]) -> Any:
    """Name a case and those that went into it, one by one: merged into it, into one of these, and
    so on. `shut` are those that are not named on the page of another case: what is restricted.
    """
    first = sa.select(Escalation.id, sa.false().label("shut")).where(start)
    found = first.cte("went_in", recursive=True)
    inside = aliased(Escalation, name="inside")
    further = sa.select(inside.id, inside.restricted).where(inside.merged_into_id == found.c.id)
    return found.union(further)


_OF_CASE = chain(Escalation.id == CASE_ID)


def with_merged(case_id: Any) -> sa.Select[Any]:
    """Select a case and those that went into it: their open work and legal days go on with it. What
    is restricted is not named on the page of another case.
    """
    # The parts of one statement share the chain: it is walked once.
    found = _OF_CASE if case_id is CASE_ID else chain(Escalation.id == case_id)
    return sa.select(found.c.id).where(sa.not_(found.c.shut))


def part(name: str, row_id: Any, *texts: Any, at: Any, until: Any, who: Any) -> sa.Select[Any]:
    """Give one part of the union: its name, its number, up to six texts, two times, a person.

    The first part of a union names its types, so that one has no bare nulls.
    """
    padded = [*texts, *([sa.cast(sa.null(), TEXT)] * (6 - len(texts)))]
    labelled = [text.label(key) for key, text in zip("abcdef", padded, strict=True)]
    return sa.select(
        sa.literal(name).label("part"),
        row_id.label("id"),
        *labelled,
        at.label("at"),
        until.label("until"),
        who.label("who"),
    )
