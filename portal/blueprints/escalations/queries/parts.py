"""How the small records of a case stand in one statement: parts of a union, alike in shape."""

from typing import Any

import sqlalchemy as sa

from ..models import Escalation

TEXT = sa.Text()
CASE_ID: Any = sa.bindparam("case_id")
CASE_REF: Any = sa.bindparam("case_ref")


def with_merged(case_id: Any) -> sa.Select[Any]:
    """Select a case and those merged into it: their open work and legal days go on with it. What is
    restricted is not named on the page of another case.
    """
    inside = sa.and_(Escalation.merged_into_id == case_id, sa.not_(Escalation.restricted))
    return sa.select(Escalation.id).where(sa.or_(Escalation.id == case_id, inside))


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
