"""How the small records of a case stand in one statement: parts of a union, alike in shape."""

from typing import Any

import sqlalchemy as sa

TEXT = sa.Text()
CASE_ID: Any = sa.bindparam("case_id")
CASE_REF: Any = sa.bindparam("case_ref")


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
