"""The portfolio: value and risk of the accounts that a viewer may see."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Band, Tier
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.core import access, paging, quarters
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.events import Event
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Snapshot

PLOTTED, LISTED = 150, 20
AT_RISK = (Band.RED, Band.AMBER)
PEOPLE = ("person", "contact", "token")
"""Who looks after an account or speaks for it: jobs and commands do not."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What the portfolio is narrowed to; a quarter is that of the renewal, as in "2026-Q3"."""

    band: Band | None = None
    tier: Tier | None = None
    segment: str = ""
    region: str = ""
    quarter: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Sum:
    """A group of accounts: how many, how many of them at risk, and their yearly revenue."""

    name: str
    count: int
    at_risk: int
    amount: Money
    amount_at_risk: Money


@dataclass(frozen=True)
class Totals:
    """All accounts found, and the same by segment, region and quarter of renewal."""

    whole: Sum
    segments: tuple[Sum, ...]
    regions: tuple[Sum, ...]
    quarters: tuple[Sum, ...]


@dataclass(frozen=True)
class Mover:
    """An account whose score moved within the week."""

    reference: str
    name: str
    before: int
    after: int
    band: Band


def today(now: datetime) -> date:
    """Give the day of a moment in the organisation's zone."""
    return now.astimezone(ZoneInfo(auth.organisation().zone)).date()


def _found(
    viewer: Actor, search: Search, *, now: access.Instant
) -> Iterator[sa.ColumnElement[bool]]:
    yield accounts.mine(viewer, now=now, klass=K.CONFIDENTIAL)
    yield Account.risk_score.is_not(None)
    if search.band:
        yield Account.risk_band == search.band
    if search.tier:
        yield Account.value_tier == search.tier
    if search.segment:
        yield Account.segment == search.segment
    if search.region:
        yield Account.region == search.region
    named = quarters.parts(search.quarter)
    if named:
        starts, after = quarters.bounds(*named, first_month=auth.organisation().fiscal_month)
        yield Account.renewal_on >= starts
        yield Account.renewal_on < after
    if search.mine:
        yield Account.owner_id == viewer.id


def options(viewer: Actor, *, now: datetime) -> tuple[list[str], list[str], list[str]]:
    """Give the segments, the regions and the fiscal quarters of renewal of the accounts that the
    viewer may see.
    """
    keys = (Account.segment, Account.region, _YEAR, _MONTH)
    query = sa.select(*keys).where(*_found(viewer, Search(), now=now)).distinct()
    rows, first_month = db.session.execute(query).all(), auth.organisation().fiscal_month
    segments, regions = ({str(row[place]) for row in rows if row[place]} for place in (0, 1))
    renewals = {_quarter(row[2], row[3], first_month=first_month) for row in rows}
    return sorted(segments), sorted(regions), sorted(renewals - {""})


def plotted(viewer: Actor, search: Search, *, now: datetime) -> list[Any]:
    """Give what the map shows: the accounts worth most a year, with their score."""
    query = (
        sa.select(
            Account.reference, Account.name, Account.risk_score, Account.risk_band, Account.arr_sort
        )
        .where(*_found(viewer, search, now=now), Account.arr_sort > 0)
        .order_by(Account.arr_sort.desc(), Account.id)
        .limit(PLOTTED)
    )
    return list(db.session.execute(query))


def totals(viewer: Actor, search: Search, *, now: datetime) -> Totals:
    """Give how much yearly revenue is at risk (amber or red): in all, by segment, by region, and by
    the fiscal quarter in which the contract renews; in the reporting currency, in one statement.
    """
    house, danger = auth.organisation(), Account.risk_band.in_(AT_RISK)
    keys = (Account.segment, Account.region, _YEAR, _MONTH)
    figures = (
        sa.func.count(),
        sa.func.sum(sa.case((danger, 1), else_=0)),
        sa.func.sum(Account.arr_sort),
        sa.func.sum(sa.case((danger, Account.arr_sort), else_=0)),
    )
    query = sa.select(*keys, *figures).where(*_found(viewer, search, now=now)).group_by(*keys)
    sums: list[dict[str, list[int]]] = [defaultdict(lambda: [0, 0, 0, 0]) for _place in range(4)]
    for segment, region, in_year, in_month, *numbers in db.session.execute(query):
        when = _quarter(in_year, in_month, first_month=house.fiscal_month)
        for group, name in zip(sums, ("", segment, region, when), strict=True):
            group[name] = [a + int(b) for a, b in zip(group[name], numbers, strict=True)]

    def told(name: str, numbers: Sequence[int]) -> Sum:
        amounts = (from_minor(one, house.currency) for one in numbers[2:])
        return Sum(name, numbers[0], numbers[1], *amounts)

    whole = told("", sums[0][""])
    parts = [[told(name, numbers) for name, numbers in group.items()] for group in sums[1:]]
    for part in parts[:2]:
        part.sort(key=lambda one: (-one.amount_at_risk.amount, one.name))
    parts[2].sort(key=lambda one: one.name or "9")
    return Totals(whole, *(tuple(part) for part in parts))


_YEAR, _MONTH = (sa.extract(one, Account.renewal_on) for one in ("year", "month"))


def _quarter(year: Any, month: Any, *, first_month: int) -> str:
    return quarters.of(date(int(year), int(month), 1), first_month=first_month) if year else ""


_LISTED: tuple[Any, ...] = (
    Account.id,
    Account.reference,
    Account.name,
    Account.risk_score,
    Account.risk_band,
    Account.value_tier,
    Account.arr_sort,
    Account.renewal_on,
    Account.segment,
    Account.region,
    User.name.label("owner"),
)


def portfolio(
    viewer: Actor, search: Search, *, cursor: str | None, now: datetime, limit: int = 50
) -> paging.Page[Any]:
    """Give a page of the accounts found, the highest score first."""
    query: sa.Select[Any] = (
        sa.select(*_LISTED)
        .outerjoin(User, User.id == Account.owner_id)
        .where(*_found(viewer, search, now=access.AT_RUN))
    )
    return paging.keyset(
        query,
        sort=Account.risk_score,
        row_id=Account.id,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )


def every(viewer: Actor, search: Search, *, now: datetime) -> Iterator[Any]:
    """Give every account found, the highest score first, page by page."""
    cursor: str | None = None
    while True:
        part = portfolio(viewer, search, cursor=cursor, now=now, limit=1000)
        yield from part.rows
        cursor = part.after
        if cursor is None:
            return


def movers(viewer: Actor, search: Search, *, now: datetime) -> list[Mover]:
    """Give the accounts whose score moved most within the last seven days, up or down."""
    past = today(now) - rules.WEEK
    turn = sa.func.row_number().over(partition_by=Snapshot.account_id, order_by=Snapshot.day)
    # What an account had before its first move of the week is what it had a week ago.
    moves = (
        sa.select(Snapshot.account_id, Snapshot.score_before, turn.label("turn"))
        .where(Snapshot.day > past, Snapshot.score_before.is_not(None))
        .subquery()
    )
    inner = (
        sa.select(
            Account.reference,
            Account.name,
            moves.c.score_before.label("before"),
            Account.risk_score.label("after"),
            Account.risk_band.label("band"),
        )
        .join(moves, sa.and_(moves.c.account_id == Account.id, moves.c.turn == 1))
        .where(*_found(viewer, search, now=now))
        .subquery()
    )
    by = sa.func.abs(inner.c.after - inner.c.before)
    query = sa.select(inner).where(inner.c.before != inner.c.after)
    rows = db.session.execute(query.order_by(by.desc(), inner.c.name).limit(LISTED))
    return [Mover(*row) for row in rows]


def untouched(viewer: Actor, search: Search, *, now: datetime) -> list[Any]:
    """Give the accounts at risk for which nobody did anything that was recorded in the last thirty
    days, those worth most first.
    """
    since = now - rules.UNTOUCHED
    touched = sa.exists().where(
        Event.account_id == Account.id,
        Event.at > since,
        Event.actor_kind.in_(PEOPLE),
    )
    query = (
        sa.select(
            Account.reference,
            Account.name,
            Account.risk_score,
            Account.risk_band,
            Account.arr_sort,
            User.name.label("owner"),
        )
        .outerjoin(User, User.id == Account.owner_id)
        .where(*_found(viewer, search, now=now), Account.risk_band.in_(AT_RISK), sa.not_(touched))
        .order_by(Account.arr_sort.desc(), Account.id)
        .limit(LISTED)
    )
    return list(db.session.execute(query))
