"""The pack of a review: everything the meeting needs, as far as one reader may see it."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.postmortems import queries as lesson_queries
from portal.blueprints.postmortems import rules as lesson_rules
from portal.blueprints.postmortems.models import (
    Cause,
    Postmortem,
    PostmortemCase,
)
from portal.blueprints.postmortems.models import State as LessonState
from portal.blueprints.surveys.models import SurveyAnswer
from portal.core import quarters as fiscal
from portal.core.access import Actor, Permission, Role
from portal.core.db import db
from portal.core.i18n import _, show_date
from portal.core.money import Money, from_minor
from portal.reports import facts as paper
from portal.reports import snapshot
from portal.reports.facts import review as book

from .. import rules
from ..models import Line, LineKind, Review, ReviewState, Sought
from . import annex, answers, figures, foresight, plans, threats
from .carrying import carried_over
from .finding import lines_of, quarter_of, sought_of

MOST_CASES, MOST_BROKEN, MOST_SAID, MONTHS = 60, 40, 8, 12
CLIP = 4_000
NEWER = ("spans", "survival", "agreed", "foretold")
NEWEST = ("scored", "action_days")
AS_SIGNED = ("figures", "months", "causes", "carried", "running")
PROBLEMS = frozenset(paper.Problem)


def pack(row: Review, *, reader: Actor, issue: paper.Issue, now: datetime) -> book.ReviewBook:
    """Give the facts of a review's pack for one reader; what the reader may not see is left out by
    the queries themselves, and counted.
    """
    house, one = auth_queries.organisation(), quarter_of(row)
    before, year = (
        rules.shifted(one, by, first_month=house.fiscal_month, zone=house.zone) for by in (-1, -4)
    )
    quarters = (one, before, year)
    rows = figures.cases(reader, quarters, now=now)
    touched = [r for r in rows if _touches(r, one)]
    shown = sorted(touched, key=lambda r: (r.severity, r.opened_at, r.reference))[:MOST_CASES]
    sought = sought_of(row)
    spans, survival, agreed = foresight.lengths(reader, quarters, now=now)
    found = book.ReviewBook(
        issue=replace(issue, left_out=figures.left_out(reader, one, now=now)),
        reader=paper.Reader(name=reader.name, title=auth_queries.get(reader.id or 0).title or None),
        reference=row.reference,
        year=row.year,
        quarter=house.quarter_names.split()[row.quarter - 1],
        quarter_names=fiscal.own_names(house.quarter_names),
        starts=row.starts_on,
        ends=row.ends_on,
        currency=house.currency,
        running=now < one.ends_at,
        none_sought=row.none_sought,
        decisions=tuple(_decision(s) for s in sought),
        carried=carried_over(row, reader=reader, now=now),
        figures=_figures(rows, quarters, reader=reader, currency=house.currency, now=now),
        months=_months(rows, one, zone=house.zone),
        causes=_causes(reader, quarters, currency=house.currency, now=now),
        spans=spans,
        survival=survival,
        agreed=agreed,
        action_days=foresight.action_days(),
        scored=foresight.scored(reader, quarters, now=now),
        foretold=foresight.foretold(reader, one, now=now),
        broken=_broken(reader, one, now=now, zone=house.zone),
        said=_said(reader, one, now=now),
        minutes=_minutes(row),
        signed=row.signed_at.astimezone(ZoneInfo(house.zone)).date() if row.signed_at else None,
        cases=annex.cases([r.reference for r in shown], reader=reader, zone=house.zone, now=now),
        cases_not_shown=len(touched) - len(shown),
    )
    return _as_signed(found, row, reader=reader)


def _as_signed(found: book.ReviewBook, row: Review, *, reader: Actor) -> book.ReviewBook:
    """Give the figures as they were signed, for readers who see every case by role, as the signer
    does; lists that tell of single customers stay those that this reader may see today.
    """
    if row.state is not ReviewState.SIGNED or not row.pack or Role.LEADERSHIP not in reader.roles:
        return found
    text = json.dumps(row.pack)
    kept = snapshot.loads(text, kind="quarterly_review", shape=book.ReviewBook)
    # A pack that was signed before it told these tells them as of today.
    names = (*AS_SIGNED, *(NEWER if kept.spans else ()), *(NEWEST if kept.scored else ()))
    return replace(found, **{name: getattr(kept, name) for name in names})


def _figures(
    rows: list[figures.CaseRow],
    quarters: figures.Quarters,
    *,
    reader: Actor,
    currency: str,
    now: datetime,
) -> tuple[book.Comparison, ...]:
    targets = plans.targets_of(plans.plan_of(quarters[0]))
    found = (
        *figures.of_cases(rows, quarters),
        *figures.of_promises(reader, quarters, now=now),
        *figures.of_compensation(reader, quarters, currency=currency, now=now),
        *threats.of_threats(reader, quarters, currency=currency, now=now),
        *figures.of_sponsorship(reader, quarters, now=now),
        *figures.of_lessons(reader, quarters, currency=currency, now=now),
        *answers.of_answers(reader, quarters, now=now),
    )
    return tuple(replace(one, plan=targets.get(one.measure)) for one in found)


def _touches(row: figures.CaseRow, one: rules.Quarter) -> bool:
    closed = row.closed_at is not None and one.begins_at <= row.closed_at < one.ends_at
    return closed or one.begins_at <= row.opened_at < one.ends_at


def _decision(row: Sought) -> book.Decision:
    return book.Decision(
        title=row.title,
        recommendation=row.recommendation,
        reason=row.reason,
        minutes=row.minutes,
        verdict=book.Verdict(row.verdict.value),
        decided=row.decided,
        carried=row.carried_from is not None,
    )


def _minutes(row: Review) -> str:
    """Give what was typed in the meeting, a line each; an action with whose it is and its day."""
    lines = lines_of(row)
    names = auth_queries.names(line.owner_id for line in lines)
    return "\n".join(_minute(line, names.get(line.owner_id or 0, "")) for line in lines)


def _minute(line: Line, owner: str) -> str:
    if line.kind is LineKind.NOTE:
        return line.text
    said = _("Action: %(text)s") if line.kind is LineKind.ACTION else _("Decision: %(text)s")
    more = [owner, show_date(line.due_on) if line.due_on else ""]
    return ", ".join(filter(None, [said % {"text": line.text}, *more]))


def _months(
    rows: list[figures.CaseRow], one: rules.Quarter, *, zone: str
) -> tuple[book.MonthCount, ...]:
    """Count the cases opened in each of the twelve months up to the quarter's end."""
    there = ZoneInfo(zone)
    last = one.ends.year * 12 + one.ends.month - 1
    months = [date(n // 12, n % 12 + 1, 1) for n in range(last - MONTHS + 1, last + 1)]
    opened, grave = dict.fromkeys(months, 0), dict.fromkeys(months, 0)
    for row in rows:
        month = figures.month_of(row.opened_at, zone=there)
        if month in opened:
            opened[month] += 1
            grave[month] += row.severity in figures.GRAVE
    return tuple(book.MonthCount(month=m, opened=opened[m], critical=grave[m]) for m in months)


def _causes(
    reader: Actor, quarters: figures.Quarters, *, currency: str, now: datetime
) -> tuple[book.CauseLine, ...]:
    """Give the factors of the post-mortems published in the quarter and of the notes about
    customers lost in it: how often, what the post-mortems cost, how many hours their cases were
    open; a post-mortem counts under each of its factors, once.
    """
    this, before = quarters[0], quarters[1]
    query = sa.select(
        Postmortem.id,
        Postmortem.published_at,
        Postmortem.cost_minor,
        Postmortem.currency,
        Cause.factor,
        Cause.weight,
        Cause.id.label("cause_id"),
    ).join(Cause, Cause.postmortem_id == Postmortem.id)
    published = sa.or_(*(figures.within(Postmortem.published_at, one) for one in (this, before)))
    seen = lesson_queries.seen_by(reader, now=now)
    final = Postmortem.state == LessonState.PUBLISHED
    rows = db.session.execute(query.where(seen, final, published).distinct()).all()
    hours = _hours([row.id for row in rows])
    weights = _weights([row for row in rows if row.published_at >= this.begins_at])
    found: dict[Any, list[Any]] = defaultdict(list)
    earlier: dict[Any, int] = defaultdict(int)
    for row in {(one.id, one.factor): one for one in rows}.values():
        if row.published_at >= this.begins_at:
            found[row.factor].append(row)
        else:
            earlier[row.factor] += 1
    lost, lost_before = (_lost(reader, one, now=now) for one in (this, before))
    lines = [
        book.CauseLine(
            cause=book.Cause(factor.value),
            count=len(found[factor]) + lost[factor],
            cost=_total(found[factor], currency=currency),
            hours=sum(hours.get(row.id, 0) for row in found[factor]),
            before=earlier[factor] + lost_before[factor],
            losses=lost[factor],
            weight=weights[factor] + lost[factor],
        )
        for factor in {*found, *lost}
    ]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.cause)))


def _weights(rows: Sequence[Any]) -> dict[Any, Decimal]:
    """Give how many whole post-mortems each factor makes up by weight, to a tenth."""
    causes: dict[int, list[tuple[Any, int | None]]] = defaultdict(list)
    for row in rows:
        causes[row.id].append((row.factor, row.weight))
    found: dict[Any, Decimal] = defaultdict(Decimal)
    for named in causes.values():
        for factor, share in lesson_rules.shares(named).items():
            found[factor] += share
    tenths = {factor: weight.quantize(Decimal("0.1")) for factor, weight in found.items()}
    return defaultdict(Decimal, tenths)


def _lost(reader: Actor, one: rules.Quarter, *, now: datetime) -> Counter[Any]:
    """Count the written notes about customers lost in a quarter by their factor."""
    if not reader.may(Permission.POSTMORTEMS_READ):
        return Counter()
    until = one.ends + timedelta(days=1)
    notes = lesson_queries.losses_between(reader, one.starts, until, now=now)
    return Counter(note.factor for note in notes if note.factor is not None)


def _total(rows: list[Any], *, currency: str) -> Money | None:
    known = [r.cost_minor for r in rows if r.cost_minor is not None and r.currency == currency]
    return from_minor(sum(known), currency) if known else None


def _hours(ids: list[int]) -> dict[int, int]:
    """Give the hours from opening to closing of the cases that each post-mortem covers."""
    query = (
        sa.select(PostmortemCase.postmortem_id, Escalation.opened_at, Escalation.closed_at)
        .join(Escalation, Escalation.reference == PostmortemCase.case_ref)
        .where(PostmortemCase.postmortem_id.in_(set(ids)))
    )
    found: dict[int, int] = defaultdict(int)
    for lesson, opened, closed in db.session.execute(query):
        if closed is None:
            continue
        found[lesson] += round((closed - opened).total_seconds() / 3600)
    return found


def _broken(
    reader: Actor, one: rules.Quarter, *, now: datetime, zone: str
) -> tuple[book.BrokenPromise, ...]:
    query = (
        sa.select(Account.name, Promise.what, Promise.due_at)
        .join(Account, Account.id == Promise.account_id)
        .where(
            account_queries.promise_scope(reader, now=now),
            Promise.state == PromiseState.BROKEN,
            figures.within(Promise.due_at, one),
        )
        .order_by(Promise.due_at, Promise.id)
        .limit(MOST_BROKEN)
    )
    there = ZoneInfo(zone)
    return tuple(
        book.BrokenPromise(customer=name, what=what, due=due.astimezone(there).date())
        for name, what, due in db.session.execute(query)
    )


def _said(reader: Actor, one: rules.Quarter, *, now: datetime) -> tuple[book.Said, ...]:
    """Give what customers wrote, the least content first."""
    query = (
        answers.answers(reader, now=now)
        .where(figures.within(SurveyAnswer.at, one), SurveyAnswer.comment != "")
        .order_by(SurveyAnswer.csat, SurveyAnswer.at)
        .limit(MOST_SAID)
    )
    return tuple(
        book.Said(customer=name, case=case, csat=csat, ces=ces, comment=comment, language=language)
        for _at, csat, ces, comment, name, language, case in db.session.execute(query)
    )


def holds_money(facts: book.ReviewBook) -> bool:
    """Say whether a pack tells amounts of compensation: then it is for named readers alone."""
    told = {book.Measure.OWED, book.Measure.DIRECT_LOSS, book.Measure.GOODWILL}
    return any(one.measure in told and one.now not in (None, Decimal(0)) for one in facts.figures)
