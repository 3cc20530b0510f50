"""What became of predictions: the list, how good they were, and past cases like an account."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Band
from portal.blueprints.auth import queries as auth
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.core import access, paging
from portal.core.access import Actor, K, Reach, Subject
from portal.core.db import db

from .. import rules
from ..models import Assessment, Prediction
from ..rules import NAMES, PredictionVerdict
from ..rules.early import Sums
from .measures import points_of
from .portfolio import today

P = Prediction
NEAR, LOOKED_AT, KEPT = 6, 3_000, 60
SCALED = float(rules.SCALE)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What the list of predictions is narrowed to."""

    verdict: PredictionVerdict | None = None
    worked: bool | None = None
    band: Band | None = None
    reference: str = ""


@dataclass(frozen=True)
class Record:
    """How good predictions were: of all accounts, of those nobody worked on, of those that were
    worked on, and by the fiscal quarter in which they fell due.
    """

    every: rules.Quality
    left_alone: rules.Quality
    worked_on: rules.Quality
    quarters: tuple[tuple[str, rules.Quality], ...]
    still_open: int
    first_due: date | None


def _seen(viewer: Actor, now: access.Instant) -> sa.ColumnElement[bool]:
    """Give the predicate for predictions about accounts whose risk the viewer may read."""
    mine = sa.select(Account.id).where(accounts.mine(viewer, now=now, klass=K.CONFIDENTIAL))
    return P.account_id.in_(mine)


def _is(verdict: PredictionVerdict) -> sa.ColumnElement[bool]:
    red, lost = P.band == Band.RED, P.lost.is_(True)
    return {
        PredictionVerdict.HIT: sa.and_(lost, red),
        PredictionVerdict.MISS: sa.and_(lost, sa.not_(red)),
        PredictionVerdict.FALSE_ALARM: sa.and_(P.lost.is_(False), red),
        PredictionVerdict.QUIET: sa.and_(P.lost.is_(False), sa.not_(red)),
        PredictionVerdict.OPEN: P.settled_on.is_(None),
    }[verdict]


def _count(condition: Any) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _has_come(day: date) -> sa.ColumnElement[bool]:
    """Give the predicate for settled predictions whose day has come: of those still running, only
    losses are settled, which alone would say that all are lost.
    """
    return sa.and_(P.settled_on.is_not(None), P.due_on < day)


def _sums(where: list[Any], *keys: Any) -> dict[tuple[Any, ...], Sums]:
    """Add up some predictions whose day has come, by some keys: first of each account, then of
    all, because those of one account count as one where it is asked how sure a figure is.
    """
    chance = sa.cast(sa.type_coerce(P.chance, sa.BigInteger), sa.Float) / SCALED
    happened = sa.case((P.lost.is_(True), 1.0), else_=0.0)
    error = (chance - happened) * (chance - happened)
    known = P.chance.is_not(None)
    labelled = [key.label(f"key_{place}") for place, key in enumerate(keys)]
    verdicts = (
        PredictionVerdict.HIT,
        PredictionVerdict.MISS,
        PredictionVerdict.FALSE_ALARM,
        PredictionVerdict.QUIET,
    )
    each = (
        sa.select(
            *labelled,
            sa.func.count().label("n"),
            *(_count(_is(one)).label(one.value) for one in verdicts),
            _count(P.lost.is_(True)).label("lost"),
            _count(known).label("c"),
            _count(sa.and_(known, P.lost.is_(True))).label("c_lost"),
            sa.func.coalesce(sa.func.sum(error), 0.0).label("e"),
        )
        .where(*where)
        .group_by(P.account_id, *keys)
        .subquery("each")
    )
    one = each.c
    names = [one[f"key_{place}"] for place in range(len(keys))]
    figures = {
        "predictions": sa.func.sum(one.n),
        "accounts": sa.func.count(),
        "lost_accounts": _count(one.lost > 0),
        "kept_accounts": _count(one.lost == 0),
        "hits": sa.func.sum(one.hit),
        "misses": sa.func.sum(one.miss),
        "false_alarms": sa.func.sum(one.false_alarm),
        "quiet": sa.func.sum(one.quiet),
        "chances": sa.func.sum(one.c),
        "chances_lost": sa.func.sum(one.c_lost),
        "chance_accounts": _count(one.c > 0),
        "chance_lost_accounts": _count(one.c_lost > 0),
        "chance_kept_accounts": _count(sa.and_(one.c > 0, one.c_lost == 0)),
        "errors": sa.func.sum(one.e),
        "errors_squared": sa.func.sum(one.e * one.e),
        "errors_counts": sa.func.sum(one.e * one.c),
        "counts_squared": sa.func.sum(one.c * one.c),
    }
    query = sa.select(*names, *(value.label(name) for name, value in figures.items()))
    found = db.session.execute(query.group_by(*names)).mappings()
    return {
        tuple(row[f"key_{place}"] for place in range(len(keys))): Sums.of(dict(row))
        for row in found
    }


def record(viewer: Actor, *, now: datetime) -> Record:
    """Say how good the predictions were about the accounts that the viewer may see: all whose day
    has come.
    """
    seen, day = _seen(viewer, now), today(now)
    where: list[Any] = [seen, _has_come(day)]
    worked = P.work.is_not(None)
    year, month = (sa.cast(sa.extract(one, P.due_on), sa.Integer) for one in ("year", "month"))
    first_month = auth.organisation().fiscal_month
    by_work = _sums(where, sa.case((worked, 1), else_=0))
    by_time = _sums(where, (year * 12 + month - first_month) // 3)
    still = sa.select(sa.func.count(), sa.func.min(P.due_on)).where(seen, P.due_on >= day)
    count, first = db.session.execute(still).one()
    return Record(
        every=rules.quality_of(next(iter(_sums(where).values()), Sums())),
        left_alone=rules.quality_of(by_work.get((0,), Sums())),
        worked_on=rules.quality_of(by_work.get((1,), Sums())),
        quarters=tuple(
            (f"{int(key[0]) // 4}-Q{int(key[0]) % 4 + 1}", rules.quality_of(sums))
            for key, sums in sorted(by_time.items())
        ),
        still_open=count,
        first_due=first,
    )


def scores(
    viewer: Actor, periods: Sequence[tuple[date, date]], *, now: datetime
) -> list[rules.Quality]:
    """Say how good the predictions were that were due in each of some periods, from a day on and
    before another, about the accounts that the viewer may see: one statement for all. Periods
    that overlap are refused as `ValueError`.
    """
    ordered = sorted(periods)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise ValueError(periods)
    inside = [sa.and_(P.due_on >= first, P.due_on < end) for first, end in periods]
    where = [_seen(viewer, now), _has_come(today(now)), sa.or_(*inside)]
    place = sa.case(*((one, place) for place, one in enumerate(inside)))
    found = _sums(where, place)
    return [rules.quality_of(found.get((place,), Sums())) for place in range(len(periods))]


_LISTED: tuple[Any, ...] = (
    P.id,
    Account.reference,
    Account.name,
    P.made_on,
    P.due_on,
    P.score,
    P.band,
    P.chance,
    P.basis,
    P.policy_number,
    P.settled_on,
    P.lost,
)


def _work(viewer: Actor, work: Any) -> tuple[Any, Any]:
    """Give what was done to keep an account, told to those alone who see the compensation of all
    customers, and whether anything was.
    """
    told = access.reach(viewer, Subject.CONCESSION, klass=K.RESTRICTED) is Reach.ALL
    return (work if told else sa.null()).label("work"), work.is_not(None).label("worked")


def _chosen(viewer: Actor, past: Past) -> sa.Select[Any]:
    query: sa.Select[Any] = (
        sa.select(*_LISTED, *_work(viewer, P.work))
        .join(Account, Account.id == P.account_id)
        .where(accounts.mine(viewer, now=access.AT_RUN, klass=K.CONFIDENTIAL))
    )
    if past.verdict:
        query = query.where(_is(past.verdict))
    if past.band:
        query = query.where(P.band == past.band)
    if past.worked is not None:
        query = query.where(P.settled_on.is_not(None), P.work.is_not(None) == past.worked)
    if past.reference:
        query = query.where(Account.reference == past.reference)
    return query


def predictions(
    viewer: Actor, past: Past, *, cursor: str | None, now: datetime, limit: int = 50
) -> paging.Page[Any]:
    """Give a page of predictions about the accounts that the viewer may see, the last first."""
    return paging.keyset(
        _chosen(viewer, past),
        sort=P.made_on,
        row_id=P.id,
        descending=True,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )


def every_prediction(viewer: Actor, past: Past, *, now: datetime) -> Iterator[Any]:
    """Give every prediction found, the last first, page by page."""
    cursor: str | None = None
    while True:
        part = predictions(viewer, past, cursor=cursor, now=now, limit=1000)
        yield from part.rows
        cursor = part.after
        if cursor is None:
            return


def nearest(viewer: Actor, account: Account, *, now: datetime) -> list[rules.Case]:
    """Give the past cases most like an account as it is today, among accounts the viewer may see:
    settled predictions with nearly the same score whose factors gave nearly the same points, by the
    policy in force.
    """
    row = db.session.get(Assessment, account.id)
    if row is None:
        return []
    policy, _number = policies.in_force(RiskPolicy)
    mine = {name: int(getattr(row, f"{name}_points")) for name in NAMES}
    seen = (
        sa.select(P)
        .join(Account, Account.id == P.account_id)
        .where(
            _has_come(today(now)),
            P.score.between(row.score - NEAR, row.score + NEAR),
            P.account_id != account.id,
            accounts.mine(viewer, now=now, klass=K.CONFIDENTIAL),
        )
        .order_by(P.settled_on.desc(), P.id.desc())
        .limit(LOOKED_AT)
        .subquery("seen")
    )
    points = {name: points_of(policy, name, seen.c[name]) for name in NAMES}
    apart = sum((sa.func.abs(points[name] - mine[name]) for name in NAMES), sa.literal(0))
    query = (
        sa.select(
            Account.reference,
            Account.name,
            *(seen.c[name] for name in ("made_on", "settled_on", "score", "lost")),
            *_work(viewer, seen.c.work),
            apart.label("apart"),
            *(points[name].label(name) for name in NAMES),
        )
        .join(Account, Account.id == seen.c.account_id)
        .order_by(apart, seen.c.made_on.desc(), seen.c.id)
        .limit(KEPT)
    )
    found = [
        (rules.Case(*row[:9]), {name: int(row._mapping[name]) for name in NAMES})
        for row in db.session.execute(query)
    ]
    return rules.nearest(mine, found)


def bands(since: date, *, until: date) -> dict[Band, tuple[int, int, int]]:
    """Give for each band how many predictions of how many accounts were due since a day and before
    another, and how many of these were followed by a loss.
    """
    query = (
        sa.select(
            P.band,
            sa.func.count(),
            sa.func.count(sa.distinct(P.account_id)),
            _count(P.lost.is_(True)),
        )
        .where(P.due_on >= since, _has_come(until))
        .group_by(P.band)
    )
    return {band: (n, several, int(lost)) for band, n, several, lost in db.session.execute(query)}
