"""Reading the programme's charter: the version in force, and the earlier ones."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Charter


@dataclass(frozen=True)
class CharterLine:
    """A version of the charter in the list of them."""

    number: int
    published_at: datetime
    publisher: str | None
    reason: str


def charter(number: int | None = None, *, lock: bool = False) -> Charter | None:
    """Give a version of the charter; without a number the newest, None where nobody wrote one.

    `NotFound` for a number that was never given; `lock` keeps others off until this transaction
    ends.
    """
    query = sa.select(Charter).order_by(Charter.number.desc()).limit(1)
    if number is not None:
        query = query.where(Charter.number == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None and number is not None:
        raise NotFound
    return found


def charters() -> list[CharterLine]:
    """Give the versions of the charter, the newest first."""
    query = (
        sa.select(Charter.number, Charter.published_at, User.name, Charter.reason)
        .outerjoin(User, User.id == Charter.publisher_id)
        .order_by(Charter.number.desc())
    )
    return [CharterLine(*row) for row in db.session.execute(query)]


def said_in(row: Charter) -> rules.charter.Charter:
    """Give what a version says, as the rules read it."""
    return rules.charter.Charter(
        purpose=row.purpose,
        metrics=rules.charter.metric_lines(row.metrics),
        duties=row.duties,
        donts=row.donts,
        customer=row.customer,
        training=row.training,
    )


def texts_of(row: Charter | None) -> dict[str, str]:
    """Give what a version says, field by field; nothing where there is none."""
    return asdict(said_in(row)) if row is not None else {}


@dataclass(frozen=True)
class Compared:
    """Two versions of the charter, and what differs from the earlier to the later one."""

    earlier: int
    later: int
    differences: tuple[rules.charter.Difference, ...]


def compared(row: Charter, number: int | None) -> Compared | None:
    """Hold a version against another one, or else against the one before it; None where there is
    none such.
    """
    wanted = row.number - 1 if number is None else number
    other = db.session.scalar(sa.select(Charter).filter_by(number=wanted))
    if other is None or other is row:
        return None
    earlier, later = sorted((row, other), key=lambda one: one.number)
    found = rules.charter.differences(said_in(earlier), said_in(later))
    return Compared(earlier.number, later.number, found)


def curriculum() -> tuple[str, ...]:
    """Give the modules of the charter in force; none where there is no charter."""
    found = charter()
    return tuple(rules.charter.lines_of(found.training)) if found else ()
