"""Collecting the facts of a portfolio report: the customers that its reader may see."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Lifecycle, Promise, PromiseState
from portal.blueprints.accounts.rules.codes import code_words
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation, Severity
from portal.core.access import Actor, K, Reach, Subject, reach, scope
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.money import Money, from_minor
from portal.reports import facts as paper

from ..rules import ALL, MINE, Edition
from . import collecting, deals, leading

MOST, GRAVE, RENEWING, COUNTED = 120, 20, 12, 1000
AHEAD = timedelta(days=90)
WORST = (Severity.E1, Severity.E2)


def portfolio_facts(
    subject: str, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.PortfolioReport]:
    """Freeze what the reader may know of a portfolio: ALL, MINE (their own) or a region."""
    books = leading.books(reader)
    with speaking(edition.locale, reader.zone):
        bands = tuple(_bands(subject, reader=reader, now=now))
        cases = list(_cases(subject, reader=reader, now=now))
        totals = [one.yearly for one in bands]
        yearly = deals.added(
            [one for one in totals if one], to=auth_queries.organisation().currency, now=now
        )
        red = [one.yearly for one in bands if one.band is paper.Band.RED and one.yearly]
        found = paper.PortfolioReport(
            issue=collecting.header(reader, edition=edition, now=now),
            reader=collecting.addressee(reader),
            reference=subject,
            scope=_scope_words(subject, reader=reader),
            accounts=sum(one.accounts for one in bands),
            yearly=yearly if books and any(totals) else None,
            at_risk=red[0] if books and red else None,
            bands=bands,
            holdings=tuple(_holdings(subject, reader=reader, now=now)),
            cases=tuple(cases[:GRAVE]),
            grave=len(cases),
            renewals=tuple(_renewals(subject, reader=reader, now=now)),
        )
    klass = K.CONFIDENTIAL if books else K.INTERNAL
    told = frozenset(one.reference for one in cases)
    return collecting.Collected(collecting.marked(found, klass), klass, told)


def portfolio_named(viewer: Actor, name: str, *, now: datetime) -> str:
    """Give the name of a portfolio as it is kept: ALL, MINE, or a region that has customers whom
    the viewer may see; anything else is `NotFound`.
    """
    if name.upper() in (ALL, MINE):
        return name.upper()
    known = {region.lower(): region for region in regions(viewer, now=now)}
    if name.lower() not in known or len(name) > 24:
        raise NotFound
    return known[name.lower()]


def regions(reader: Actor, *, now: datetime) -> list[str]:
    """Give the regions of the customers that a reader may see."""
    query = sa.select(Account.region).where(_theirs(ALL, reader=reader, now=now))
    return sorted(set(db.session.scalars(query.where(Account.region != "").distinct())))


def _scope_words(subject: str, *, reader: Actor) -> str:
    if subject == ALL:
        return _("All customers")
    if subject == MINE:
        return _("Customers of %(name)s", name=reader.name)
    return _("Customers in %(region)s", region=code_words(subject))


def _theirs(subject: str, *, reader: Actor, now: datetime) -> sa.ColumnElement[bool]:
    seen = account_queries.mine(reader, now=now, klass=account_queries.own_class(reader))
    here = sa.and_(seen, Account.lifecycle != Lifecycle.LOST)
    if subject == ALL:
        return here
    if subject == MINE:
        return sa.and_(here, Account.owner_id == reader.id)
    return sa.and_(here, sa.func.lower(Account.region) == subject.lower())


def _bands(subject: str, *, reader: Actor, now: datetime) -> Iterator[paper.BandLine]:
    """Count customers and add up their yearly revenue by band, the riskiest first."""
    books = leading.books(reader)
    query = (
        sa.select(
            Account.risk_band,
            Account.currency,
            sa.func.count(),
            sa.func.sum(Account.arr_minor),
            sa.func.count(Account.arr_minor),
        )
        .where(_theirs(subject, reader=reader, now=now))
        .group_by(Account.risk_band, Account.currency)
    )
    counted: dict[Any, int] = defaultdict(int)
    known: dict[Any, int] = defaultdict(int)
    sums: dict[Any, list[Money]] = defaultdict(list)
    for band, currency, accounts, total, with_revenue in db.session.execute(query):
        key = band.value if band is not None and books else None
        counted[key] += accounts
        known[key] += with_revenue
        if total is not None:
            sums[key].append(from_minor(int(total), currency))
    to = auth_queries.organisation().currency
    for key in ("red", "amber", "green", None):
        if counted[key]:
            yearly = deals.added(sums[key], to=to, now=now) if books and sums[key] else None
            yield paper.BandLine(
                band=paper.Band(key) if key else None,
                accounts=counted[key],
                yearly=yearly,
                unknown=counted[key] - known[key],
            )


def _holdings(subject: str, *, reader: Actor, now: datetime) -> Iterator[paper.Holding]:
    """Give the customers, the riskiest first; where the reader may not know the risk, by name."""
    query = sa.select(Account).where(_theirs(subject, reader=reader, now=now))
    order: tuple[Any, ...] = (Account.name_key, Account.id)
    if leading.books(reader):
        order = (sa.func.coalesce(Account.risk_score, -1).desc(), Account.arr_sort.desc(), *order)
    found = list(db.session.scalars(query.order_by(*order).limit(MOST)))
    yield from _held(found, reader=reader, now=now)


def _renewals(subject: str, *, reader: Actor, now: datetime) -> Iterator[paper.Holding]:
    today = now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()
    query = (
        sa.select(Account)
        .where(
            _theirs(subject, reader=reader, now=now),
            Account.renewal_on.between(today, today + AHEAD),
        )
        .order_by(Account.renewal_on, Account.id)
        .limit(RENEWING)
    )
    yield from _held(list(db.session.scalars(query)), reader=reader, now=now)


def _held(found: Collection[Account], *, reader: Actor, now: datetime) -> Iterator[paper.Holding]:
    names = auth_queries.names(one.owner_id for one in found)
    late = _late([one.id for one in found], reader=reader, now=now)
    books = leading.books(reader)
    every_case = reach(reader, Subject.ESCALATION) is Reach.ALL
    for one in found:
        cases = every_case or account_queries.sees_cases(reader, one.owner_id)
        worst = one.worst_severity if cases and one.worst_severity else None
        yield paper.Holding(
            reference=one.reference,
            name=one.name,
            owner=names.get(one.owner_id or 0),
            band=paper.Band(one.risk_band.value) if one.risk_band and books else None,
            score=one.risk_score if books else None,
            yearly=account_queries.arr(one) if books else None,
            renewal=one.renewal_on,
            open_cases=one.open_cases if cases else None,
            severity=paper.Severity(str(worst)) if worst else None,
            late_promises=late.get(one.id, 0),
        )


def _late(ids: Collection[int], *, reader: Actor, now: datetime) -> dict[int, int]:
    """Count the open promises of accounts that should have been kept by now."""
    query = (
        sa.select(Promise.account_id, sa.func.count().label("late"))
        .where(
            Promise.account_id.in_(list(ids)),
            Promise.state == PromiseState.OPEN,
            Promise.due_at < now,
            account_queries.promise_scope(reader, now=now),
        )
        .group_by(Promise.account_id)
    )
    return {row.account_id: row.late for row in db.session.execute(query)}


def _cases(subject: str, *, reader: Actor, now: datetime) -> Iterator[paper.PortfolioCase]:
    """Give the grave open cases of these customers that the reader may see."""
    seen = scope(
        reader,
        Subject.ESCALATION,
        account_id=Escalation.account_id,
        refs=(Escalation.reference,),
        restricted=Escalation.restricted,
        now=now,
    )
    query = (
        sa.select(Escalation, Account.name)
        .join(Account, Account.id == Escalation.account_id)
        .where(
            _theirs(subject, reader=reader, now=now),
            seen,
            Escalation.state.in_(OPEN_STATES),
            Escalation.severity.in_(WORST),
        )
        .order_by(Escalation.severity, Escalation.opened_at)
        .limit(COUNTED)
    )
    rows = list(db.session.execute(query))
    names = auth_queries.names(case.owner_id for case, _name in rows)
    for case, customer in rows:
        yield paper.PortfolioCase(
            reference=case.reference,
            customer=customer,
            severity=paper.Severity(case.severity.value),
            what=case.title,
            who=names.get(case.owner_id or 0),
            due=case.next_due_at,
            ask=case.ask or None,
        )
