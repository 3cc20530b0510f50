"""The register: a risk, how likely and how bad it is, its plan, tasks and stages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, hold, next_reference
from portal.core.deadlines import refuse_too_late
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import _
from portal.core.money import minor, rounded

from .. import queries, rules
from ..models import RiskEntry, RiskMove, RiskTask, Stage


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is said of a risk: likelihood and impact are 1 to 5."""

    title: str
    likelihood: int
    impact: int
    review_on: date
    plan: str = ""
    owner_id: int | None = None


def register(account: Account, wish: Wish, *, by: Actor, now: datetime) -> RiskEntry:
    """Enter a risk of an account; what would be lost is reckoned from its value of the day."""
    _guard(by, account)
    _check(wish, now=now)
    reference, _register = next_reference("RSK", year=queries.today(now).year)
    row = RiskEntry(
        reference=reference,
        account_id=account.id,
        stage=Stage.AT_RISK,
        stage_since=now,
        currency=auth.organisation().currency,
        valued_on=queries.today(now),
        **_values(wish),
    )
    _value(row, account, by=by, now=now)
    db.session.add(row)
    db.session.flush()
    db.session.add(RiskMove(entry_id=row.id, to_stage=row.stage, why="", by_id=by.id, at=now))
    said = {"title": (None, row.title), "plan": (None, row.plan)}
    _record(row, "registered", _figures(row), by=by, now=now, changes=said)
    return row


def change(
    row: RiskEntry, account: Account, wish: Wish, *, version: int, by: Actor, now: datetime
) -> None:
    """Change what is said of a risk, and reckon anew what would be lost."""
    _guard(by, account)
    _check(wish, now=now)
    hold(row)
    if row.version != version:
        raise Stale(_("Somebody else changed this risk meanwhile."), current=_shown(row))
    before = {name: getattr(row, name) for name in _values(wish)}
    for name, value in _values(wish).items():
        setattr(row, name, value)
    _value(row, account, by=by, now=now)
    after = _values(wish)
    moved = {n: (before[n], after[n]) for n in after if before[n] != after[n]}
    if moved:
        _record(row, "changed", _figures(row), by=by, now=now, changes=moved)


def move(
    row: RiskEntry, account: Account, to: Stage, *, why: str, by: Actor, now: datetime
) -> None:
    """Bring a risk to another stage, with the reason; the days in the last one are counted anew."""
    _guard(by, account)
    found = queries.tasks(row)
    refusal = rules.objections(
        row.stage,
        to,
        plan=row.plan,
        tasks=len(found),
        open_tasks=sum(one.done_at is None for one in found),
        why=why,
    )
    if refusal:
        raise Refused(refusal, field="stage" if why.strip() else "why")
    before, days = row.stage, rules.days_between(row.stage_since, now)
    row.stage, row.stage_since = to, now
    said = why.strip()
    db.session.add(
        RiskMove(entry_id=row.id, from_stage=before, to_stage=to, why=said, by_id=by.id, at=now)
    )
    data = {"from": before.value, "to": to.value, "days": days}
    _record(row, "moved", data, by=by, now=now, changes={"why": (None, said)})


def add_task(
    row: RiskEntry,
    account: Account,
    *,
    what: str,
    owner_id: int | None,
    due_on: date,
    by: Actor,
    now: datetime,
) -> RiskTask:
    """Add a task to the plan of a risk that is worked on."""
    _guard(by, account)
    if row.stage in rules.ENDED:
        raise Refused(_("Nobody works on this risk any more."))
    if not what.strip():
        raise Refused(_("Say what is to be done."), field="what")
    if due_on < queries.today(now):
        raise Refused(_("This has passed already: choose a day to come."), field="due_on")
    refuse_too_late(due_on, now=queries.today(now), field="due_on")
    task = RiskTask(entry_id=row.id, what=what.strip(), owner_id=owner_id, due_on=due_on)
    db.session.add(task)
    db.session.flush()
    data = {"task": task.id, "owner": owner_id, "due": due_on.isoformat()}
    _record(row, "task_added", data, by=by, now=now, changes={"what": (None, task.what)})
    return task


def finish_task(
    row: RiskEntry, account: Account, task_id: int, *, by: Actor, now: datetime
) -> None:
    """Tick a task off; once it is, it stays."""
    _guard(by, account)
    task = queries.task(row, task_id)
    if task.done_at is not None:
        raise Refused(_("This is done already."))
    task.done_at, task.done_by_id = now, by.id
    _record(row, "task_done", {"task": task.id}, by=by, now=now)


def drop_task(row: RiskEntry, account: Account, task_id: int, *, by: Actor, now: datetime) -> None:
    """Take a task that is not done off the plan."""
    _guard(by, account)
    task = queries.task(row, task_id)
    if task.done_at is not None:
        raise Refused(_("This is done already."))
    db.session.delete(task)
    changes = {"what": (task.what, None)}
    _record(row, "task_dropped", {"task": task.id}, by=by, now=now, changes=changes)


def revalue(*, by: Actor, now: datetime) -> int:
    """Reckon anew what would be lost with every risk that is worked on; gives how many differ. One
    event tells of it where any does.
    """
    query = (
        sa.select(RiskEntry, Account)
        .join(Account, Account.id == RiskEntry.account_id)
        .where(RiskEntry.stage.not_in(rules.ENDED), accounts.visible())
    )
    moved = 0
    for row, account in db.session.execute(query).all():
        before = row.loss_minor
        _value(row, account, by=by, now=now)
        moved += before != row.loss_minor
    if moved:
        events.record("risk.revalued", by=by, now=now, data={"moved": moved})
    return moved


def _guard(by: Actor, account: Account) -> None:
    if not queries.may_work(by, account):
        raise NotFound


def _check(wish: Wish, *, now: datetime) -> None:
    if not wish.title.strip():
        raise Refused(_("Say what the risk is."), field="title")
    for name in ("likelihood", "impact"):
        if getattr(wish, name) not in range(1, 6):
            raise Refused(_("Choose from 1 to 5."), field=name)
    if wish.review_on < queries.today(now):
        raise Refused(_("This has passed already: choose a day to come."), field="review_on")
    refuse_too_late(wish.review_on, now=queries.today(now), field="review_on")


def _values(wish: Wish) -> dict[str, Any]:
    return {
        "title": wish.title.strip(),
        "likelihood": wish.likelihood,
        "impact": wish.impact,
        "plan": wish.plan.strip(),
        "owner_id": wish.owner_id,
        "review_on": wish.review_on,
    }


def _value(row: RiskEntry, account: Account, *, by: Actor, now: datetime) -> None:
    stays, leaves = queries.worth_of(account, at=now, viewer=by)
    loss = rules.expected_loss(row.likelihood, stays=stays, leaves=leaves)
    row.stays_minor, row.leaves_minor, row.loss_minor = (
        None if one is None else minor(rounded(one)) for one in (stays, leaves, loss)
    )
    row.currency, row.valued_on = auth.organisation().currency, queries.today(now)


def _figures(row: RiskEntry) -> dict[str, Any]:
    return {"likelihood": row.likelihood, "impact": row.impact, "review": row.review_on.isoformat()}


def _shown(row: RiskEntry) -> dict[str, str]:
    names = ("title", "likelihood", "impact", "plan", "review_on")
    return {name: str(getattr(row, name)) for name in names}


def _record(
    row: RiskEntry,
    verb: str,
    data: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    events.record(
        f"risk.{verb}",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        data=data,
        changes=changes,
    )
