"""Lists of cases: one select of named columns a page, the same for page, file and program."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team, User
from portal.blueprints.policies.rules.words import team_words
from portal.core import access, clock, paging, veiling
from portal.core.access import Actor, K, Reach, Subject
from portal.core.db import db
from portal.core.money import Money, from_minor
from portal.core.search import holds

from ..models import (
    OPEN_STATES,
    REFERENCE,
    WORDS,
    AffectedAccount,
    ClockKind,
    Escalation,
    Level,
    Severity,
    State,
    Trend,
    Trigger,
    Watcher,
)
from ..rules.tags import tag_of
from .finding import seen_by

COUNT_UP_TO = 1_000
ENDED = (State.CLOSED, State.DECLINED, State.MERGED, State.VOID)
BEFORE = (State.DRAFT, State.REQUESTED)
STATES: dict[str, tuple[State, ...]] = {
    "open": OPEN_STATES,
    "closed": ENDED,
    "draft": BEFORE,
    "all": tuple(State),
}


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list is narrowed to and how it is ordered; everything of it stands in the URL.

    `good` asks for opportunities: they stand in lists of their own, unless words are looked for.
    """

    state: str = "open"
    severity: str = ""
    mine: bool = False
    watched: bool = False
    team: int | None = None
    level: str = ""
    tag: str = ""
    account: str = ""
    text: str = ""
    good: bool = False
    sort: str = "-opened"


@dataclass(frozen=True, eq=False)
class Line:
    """A case as lists show it; what the reader may not know of it is None."""

    id: int
    reference: str
    title: str
    state: State
    severity: Severity
    trend: Trend
    trigger: Trigger
    level: Level
    account_ref: str
    account: str
    owner: str | None
    team: str | None
    team_retired: bool
    opened_at: datetime
    closed_at: datetime | None
    next_due_at: datetime | None
    next_due_kind: ClockKind | None
    stake: Money | None
    restricted: bool
    legal_mode: bool


def page(
    viewer: Actor,
    search: Search,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = paging.LIMIT,
) -> paging.Page[Line]:
    """Give a page of the cases that the viewer may see, by opening or by what is due next."""
    sort, descending = _order(search)
    found = paging.keyset(
        _made(_selected, viewer, search),
        sort=sort,
        row_id=Escalation.id,
        descending=descending,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )
    reached = access.reach(viewer, Subject.ESCALATION, klass=K.CONFIDENTIAL)
    known = reached is not Reach.NONE
    lines = [_line(tuple(row), known) for row in found.rows]
    return paging.Page(lines, found.after, found.before)


def count(viewer: Actor, search: Search, *, now: datetime) -> int:
    """Count the cases of a search, up to one more than a thousand."""
    counted = db.session.connection().execute(_made(_counted, viewer, search), {"now": now})
    return int(counted.scalar_one())


@lru_cache(512)
def _counted(viewer: Actor, search: Search) -> sa.Select[Any]:
    inner = sa.select(Escalation.id).where(*_filters(viewer, search))
    if search.sort.lstrip("-") == "due":
        inner = inner.order_by(Escalation.next_due_at, Escalation.id)
    elif search.severity or search.team is not None or search.level:
        # In the order of the list: what is open is young, and an index has it in this order.
        inner = inner.order_by(Escalation.opened_at.desc(), Escalation.id.desc())
    return sa.select(sa.func.count()).select_from(inner.limit(COUNT_UP_TO + 1).subquery())


def _made(make: Any, viewer: Actor, search: Search) -> sa.Select[Any]:
    """Make a select, or take the one that was made: what was typed is hardly typed twice."""
    made: sa.Select[Any] = (make.__wrapped__ if search.text else make)(viewer, search)
    return made


def export(viewer: Actor, search: Search, *, now: datetime) -> Iterator[Line]:
    """Give the cases of a search in its order, page by page."""
    cursor: str | None = None
    while True:
        part = page(viewer, search, now=now, cursor=cursor, limit=1000)
        yield from part.rows
        cursor = part.after
        if cursor is None:
            return


def team_choices() -> list[tuple[int, str]]:
    """Give (id, name) of the teams that take cases, for a choice."""
    return [(one.id, team_words(one.name)) for one in auth.teams()]


_LISTED: tuple[Any, ...] = (
    Escalation.id,
    Escalation.reference,
    Escalation.title,
    Escalation.state,
    Escalation.severity,
    Escalation.trend,
    Escalation.trigger,
    Escalation.level,
    Escalation.opened_at,
    Escalation.closed_at,
    Escalation.next_due_at,
    Escalation.next_due_kind,
    Escalation.stake_minor,
    Escalation.currency,
    Escalation.restricted,
    Escalation.legal_mode,
    Account.reference.label("account_ref"),
    Account.name.label("account"),
    User.name.label("owner"),
    Team.name.label("team"),
    Team.retired_at.is_not(None).label("team_retired"),
)
_NAMES = tuple(column.key for column in _LISTED)


def _select() -> Any:
    return (
        sa.select(*_LISTED)
        .join(Account, Account.id == Escalation.account_id)
        .outerjoin(User, User.id == Escalation.owner_id)
        .outerjoin(Team, Team.id == Escalation.team_id)
    )


# Made once for each reader and search: building it takes as long as sending it.
@lru_cache(512)
def _selected(viewer: Actor, search: Search) -> sa.Select[Any]:
    chosen: sa.Select[Any] = _select().where(*_filters(viewer, search))
    return chosen


def _order(search: Search) -> tuple[Any, bool]:
    if search.sort.lstrip("-") == "due":
        return Escalation.next_due_at, search.sort.startswith("-")
    return Escalation.opened_at, search.sort != "opened"


def _filters(viewer: Actor, search: Search) -> Iterator[sa.ColumnElement[bool]]:
    states = STATES.get(search.state, OPEN_STATES)
    yield seen_by(viewer, now=access.AT_RUN, drafts=State.DRAFT in states)
    if search.state != "all":
        yield Escalation.state.in_(states)
    if search.sort.lstrip("-") == "due":
        yield Escalation.next_due_at.is_not(None)
    if search.severity in set(Severity):
        yield Escalation.severity == search.severity
    if search.mine:
        yield Escalation.owner_id == viewer.id
    if search.watched:
        watched = sa.select(Watcher.escalation_id).where(Watcher.person_id == viewer.id)
        yield Escalation.id.in_(watched)
    if search.team is not None:
        yield Escalation.team_id == search.team
    if search.level in set(Level):
        yield Escalation.level == search.level
    if search.tag:
        yield _tagged(tag_of(search.tag))
    if search.account:
        yield Escalation.id.in_(_of_account(search.account.upper()))
    if search.good:
        yield Escalation.trigger == Trigger.OPPORTUNITY
    elif not search.text.strip():
        yield Escalation.trigger != Trigger.OPPORTUNITY
    text = " ".join(search.text.replace("\x00", "").split())
    if text:
        yield _saying(viewer, text)


def _saying(viewer: Actor, text: str) -> sa.ColumnElement[bool]:
    """Give the predicate for the case of a reference, or those that say some words, or whose
    customer is called so.
    """
    if REFERENCE.fullmatch(text):
        return Escalation.reference == text.upper()
    if veiling.asks_for_closed(viewer, text, now=clock.now()):
        return sa.false()
    named = sa.select(Account.id).where(accounts.named_like(text))
    return sa.or_(holds(WORDS, text, Escalation.id), Escalation.account_id.in_(named))


def _tagged(tag: str) -> sa.ColumnElement[bool]:
    """Give the predicate for cases with a tag; a database writes signs of other alphabets in a
    document as they are, or by their numbers.
    """
    kept = sa.cast(Escalation.tags, sa.Text)
    written = {json.dumps(tag, ensure_ascii=ascii_only) for ascii_only in (True, False)}
    return sa.or_(*(kept.contains(one, autoescape=True) for one in sorted(written)))


def _of_account(reference: str) -> Any:
    """Select the cases of an account, and those of others that hit it: each by its own index."""
    account = sa.select(Account.id).where(Account.reference == reference).scalar_subquery()
    own = sa.select(Escalation.id).where(Escalation.account_id == account)
    hit = sa.select(AffectedAccount.escalation_id).where(AffectedAccount.account_id == account)
    return sa.union_all(own, hit)


# The same line for the same row: what is drawn for it is found by what it is, not by its content.
@lru_cache(2048)
def _line(row: tuple[Any, ...], known: bool) -> Line:
    at = dict(zip(_NAMES, row, strict=True))
    minor, currency = at.pop("stake_minor"), at.pop("currency")
    stake = from_minor(minor, currency) if known and minor is not None else None
    return Line(**at, stake=stake)
