"""What people said about a draft, as far as its reader may see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import paging
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Postmortem, Remark, RemarkState, State
from ..rules import words
from .reading import reads_names, rights_of, roles_of_people, seats
from .versions import text_was

R = Remark


@dataclass(frozen=True)
class RemarkLine:
    """A remark as a page shows it; who said it is a role where its reader may not know the name.
    `differences` hold its suggestion against the text it was made on.
    """

    id: int
    part: str
    who: str
    mine: bool
    text: str
    suggestion: str | None
    differences: Sequence[rules.Difference]
    moved: bool
    at: datetime
    state: RemarkState
    answer: str
    settled_by: str | None
    settled_at: datetime | None
    for_counsel: bool
    version: int
    can_take: bool
    can_settle: bool


def parts_of(row: Postmortem) -> list[str]:
    """Give what a remark can be about: where counsel asked for facts alone, no causes."""
    facts_only = row.counsel_choice == rules.CounselChoice.FACTS_ONLY.value
    unsaid = {"surprise", "causes"} if facts_only else set()
    return [part for part in rules.PARTS if part not in unsaid]


def _seen(row: Postmortem, *, viewer: Actor) -> sa.ColumnElement[bool]:
    """Give the predicate for the remarks that a reader of a post-mortem sees: those on a draft that
    they may read; what counsel says for counsel, counsel alone.
    """
    found = seats(row, by=viewer)
    reads = row.state in rules.REMARKABLE or (
        row.state is State.WITH_COUNSEL and bool(found & rules.COUNSELS)
    )
    if not reads:
        return sa.false()
    own = R.postmortem_id == row.id
    return own if rules.Seat.COUNSEL in found else sa.and_(own, sa.not_(R.for_counsel))


def get_remark(row: Postmortem, remark_id: int, *, viewer: Actor) -> Remark:
    """Give one remark on a post-mortem; `NotFound` where there is none for this reader."""
    query = sa.select(R).where(R.id == remark_id, _seen(row, viewer=viewer))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def remarks_of(row: Postmortem, *, viewer: Actor, for_counsel: bool = False) -> list[RemarkLine]:
    """Give the remarks on a draft that a reader sees, the open ones first; those for counsel alone
    or the others.
    """
    query = sa.select(R).where(_seen(row, viewer=viewer), R.for_counsel == for_counsel)
    rows = db.session.scalars(query.order_by(R.state != RemarkState.OPEN, R.id)).all()
    return remark_lines(row, rows, viewer=viewer)


def remark_page(
    row: Postmortem,
    *,
    viewer: Actor,
    state: RemarkState | None,
    cursor: str | None,
    limit: int,
) -> paging.Page[RemarkLine]:
    """Give a page of the remarks on a draft that a reader sees, the newest first."""
    columns: tuple[Any, ...] = (R.id, R.created_at)
    query = sa.select(*columns).where(_seen(row, viewer=viewer))
    if state is not None:
        query = query.where(R.state == state)
    found = paging.keyset(query, sort=R.created_at, row_id=R.id, cursor=cursor, limit=limit)
    some = sa.select(R).where(R.id.in_([one.id for one in found.rows]))
    rows = db.session.scalars(some.order_by(R.created_at.desc(), R.id.desc())).all()
    lines = remark_lines(row, rows, viewer=viewer)
    return paging.Page(lines, found.after, found.before)


def open_remarks(row: Postmortem) -> int:
    """Count the open remarks on a draft, but for those for counsel alone."""
    query = sa.select(sa.func.count()).where(
        R.postmortem_id == row.id, R.state == RemarkState.OPEN, sa.not_(R.for_counsel)
    )
    return db.session.scalar(query) or 0


def remark_lines(row: Postmortem, rows: Sequence[Remark], *, viewer: Actor) -> list[RemarkLine]:
    """Give remarks that a reader sees as a page shows them: with roles for names in a draft where
    they do not read its names.
    """
    if not rows:
        return []
    found = seats(row, by=viewer)
    named = reads_names(found, viewer=viewer)
    roles = {} if named else roles_of_people(row)
    people = auth_queries.names(i for one in rows for i in (one.person_id, one.settled_by_id))
    rights = rights_of(row, by=viewer, found=found)
    teller = _Remarks(row, viewer, named, roles, people, rights)
    return [teller.line(one) for one in rows]


@dataclass(frozen=True)
class _Remarks:
    """Puts the remarks on a post-mortem as its reader may read them."""

    row: Postmortem
    viewer: Actor
    named: bool
    roles: Mapping[str, str]
    people: Mapping[int, str]
    rights: frozenset[Any]

    def line(self, one: Remark) -> RemarkLine:
        """Give a remark."""
        mine, open_ = one.person_id == self.viewer.id, one.state is RemarkState.OPEN
        suggestion = None if one.suggestion is None else self._told(one.suggestion)
        return RemarkLine(
            id=one.id,
            part=one.part,
            who=self._who(one.person_id) or "",
            mine=mine,
            text=self._told(one.text),
            suggestion=suggestion,
            differences=self._differences(one, self._told),
            moved=one.suggestion is not None and one.base != rules.digest(self._now(one)),
            at=one.created_at,
            state=one.state,
            answer=self._told(one.answer),
            settled_by=self._who(one.settled_by_id),
            settled_at=one.settled_at,
            for_counsel=one.for_counsel,
            version=one.version,
            can_take=open_ and suggestion is not None and rules.Right.WRITE in self.rights,
            can_settle=open_ and (mine or rules.Right.SETTLE in self.rights),
        )

    def _now(self, one: Remark) -> str:
        return str(getattr(self.row, one.part))

    def _told(self, text: str) -> str:
        return text if self.named else rules.without_names(text, self.roles)

    def _who(self, person_id: int | None) -> str | None:
        name = self.people.get(person_id or 0)
        return name if self.named or name is None else self.roles.get(name, words.role_words(""))

    def _differences(self, one: Remark, told: Callable[[str], str]) -> Sequence[rules.Difference]:
        if one.suggestion is None:
            return []
        base = base_of(self.row, one.part, one.base)
        before = self._now(one) if base is None else base
        return rules.differences(told(before), told(one.suggestion))


def base_of(row: Postmortem, part: str, digest: str) -> str | None:
    """Give the text with a digest: as it stands, or a version of it that was kept; else None."""
    stands = str(getattr(row, part))
    return stands if rules.digest(stands) == digest else text_was(row, part, digest)
