"""Handing over what somebody owns: planned once, carried out record by record, each with its
event.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Account, Promise
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations import actions as case_actions
from portal.blueprints.escalations.models import Escalation, Task
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications.models import Duty
from portal.blueprints.postmortems import actions as postmortem_actions
from portal.blueprints.postmortems.models import Action, Postmortem
from portal.blueprints.rounds import actions as round_actions
from portal.blueprints.rounds.models import Round
from portal.core import events, jobs
from portal.core.access import Actor, K, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from . import queries, rules
from .models import Belonging, Handover, HandoverState

BATCH = 50
MOST_REASONS = 50


def plan(
    person_id: int,
    *,
    heirs: Mapping[Belonging, int],
    summary: str,
    begins_at: datetime,
    ends_access: bool,
    by: Actor,
    now: datetime,
) -> Handover:
    """Let chosen people take over what a person owns, kind by kind, at once or from an instant on;
    with it, if so said, their access ends. Refused for who hands over to themselves, to somebody
    who left, or twice at a time.
    """
    if by.id == person_id and ends_access:
        raise Refused(_("Nobody switches themselves off."), field="ends_access")
    if not heirs and not ends_access:
        raise Refused(_("Choose who takes over."), field="everything")
    if person_id in heirs.values():
        raise Refused(_("What they own cannot go to themselves."), field="everything")
    for heir in sorted(set(heirs.values())):
        person = auth.get(heir)
        if not person.active:
            raise Refused(_("%(name)s no longer works here.", name=person.name), field="everything")
    if not summary.strip():
        raise Refused(_("Write what the successors must know."), field="summary")
    if any(row.state is HandoverState.PLANNED for row in queries.of_person(person_id)):
        raise Refused(_("A hand-over is planned already: cancel it first."))
    row = Handover(
        person_id=auth.get(person_id).id,
        heirs={kind.value: heir for kind, heir in heirs.items()},
        summary=summary.strip(),
        begins_at=max(begins_at, now),
        ends_access=ends_access,
        asked_by_id=by.id,
        progress={},
    )
    db.session.add(row)
    db.session.flush()
    data = {"handover": row.id, "person": person_id, "heirs": row.heirs, "ends": ends_access}
    data["begins_at"] = row.begins_at.isoformat()
    changes = {"summary": (None, row.summary)}
    events.record("handovers.planned", by=by, now=now, data=data, changes=changes)
    if row.begins_at <= now:
        key = f"handover:{row.id}"
        jobs.enqueue("handovers.carry_out", key=key, payload={"handover_id": row.id})
    return row


def cancel(row: Handover, *, by: Actor, now: datetime) -> None:
    """Call a hand-over off; what was handed over already stays where it is."""
    if row.state is not HandoverState.PLANNED:
        raise Refused(_("This hand-over is over."))
    row.state = HandoverState.CANCELLED
    events.record("handovers.cancelled", by=by, now=now, data={"handover": row.id})


def carry_on(row: Handover, *, by: Actor, now: datetime) -> bool:
    """Hand over the next records, up to a batch, each with its own event; says whether more may be
    there. What is refused stays, with the reason.
    """
    if row.state is not HandoverState.PLANNED:
        return False
    for kind in rules.HANDED:
        heir = row.heirs.get(kind.value)
        kept: dict[str, Any] = dict(row.progress.get(kind.value) or {})
        if heir is None or kept.get("over"):
            continue
        _some_of(kind, row, int(heir), kept, by=by, now=now)
        row.progress = {**row.progress, kind.value: kept}
        return True
    _finish(row, by=by, now=now)
    return False


def _some_of(
    kind: Belonging, row: Handover, heir: int, kept: dict[str, Any], *, by: Actor, now: datetime
) -> None:
    """Hand over the next records of a kind, and note how far that got."""
    found = queries.following(kind, row.person_id, after=kept.get("last", 0), limit=BATCH, now=now)
    for row_id, label in found:
        try:
            with db.session.begin_nested():
                GIVE[kind](row_id, heir, row, by, now)
            kept["handed"] = kept.get("handed", 0) + 1
        except Refused as no:
            stays = [*kept.get("stays", []), f"{label or _('Restricted')}: {no.message}"]
            kept["stays"], kept["refused"] = stays[:MOST_REASONS], kept.get("refused", 0) + 1
        kept["last"] = row_id
    kept["over"] = len(found) < BATCH


def _finish(row: Handover, *, by: Actor, now: datetime) -> None:
    row.state, row.done_at = HandoverState.DONE, now
    counts = {kind: kept.get("handed", 0) for kind, kept in row.progress.items()}
    refused = sum(kept.get("refused", 0) for kept in row.progress.values())
    data = {"handover": row.id, "person": row.person_id, "handed": counts, "refused": refused}
    events.record("handovers.done", by=by, now=now, data=data)
    if row.ends_access:
        person = auth.get(row.person_id)
        if person.active:
            auth_actions.set_active(person, active=False, by=by, now=now)


def point_out(person_id: int, *, by: Actor, now: datetime) -> int:
    """Tell administrators what somebody who was switched off still owns; gives how much that is."""
    person = auth.get(person_id)
    if person.active:
        return 0
    count = queries.orphans(now=now, of=[person_id]).get(person_id, 0)
    if count:
        data = {"person": person_id, "records": count}
        events.record("handovers.pointed_out", by=by, now=now, data=data)
        for admin in auth.people(role=Role.ADMIN):
            notification_actions.notify(
                admin.id,
                template="handovers/left_behind",
                context={
                    "name": person.name,
                    "count": count,
                    "path": f"/admin/people/{person_id}/handover",
                },
                why="admin",
                key=f"left:{person_id}:{now.isoformat()}:{admin.id}",
                record=None,
                account_id=None,
                klass=K.INTERNAL,
                by=by,
                now=now,
            )
    return count


Give = Callable[[int, int, Handover, Actor, datetime], object]


def _account(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    account_actions.hand_to(queries.row_of(Account, row_id), owner_id=heir, by=by, now=now)


def _selling(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    account_actions.name_executive(queries.row_of(Account, row_id), person_id=heir, by=by, now=now)


def _case(row_id: int, heir: int, plan: Handover, by: Actor, now: datetime) -> None:
    name = auth.get(plan.person_id).name
    why = str(_("%(name)s hands over what they own.", name=name))
    case_actions.take_over(
        queries.row_of(Escalation, row_id),
        to_id=heir,
        why=why,
        summary=plan.summary,
        by=by,
        now=now,
    )


def _executive(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    case = queries.row_of(Escalation, row_id)
    case_actions.take_over_as_executive(case, to_id=heir, by=by, now=now)


def _task(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    task = queries.row_of(Task, row_id)
    case = db.session.get_one(Escalation, task.escalation_id)
    case_actions.take_task_over(case, task, to_id=heir, by=by, now=now)


def _status(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    row = queries.row_of(Round, row_id)
    round_actions.change_whom(row, person_id=heir, team_id=None, by=by, now=now)


def _promise(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    case_actions.take_promise_over(queries.row_of(Promise, row_id), to_id=heir, by=by, now=now)


def _postmortem(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    postmortem_actions.lead_instead(
        queries.row_of(Postmortem, row_id), person_id=heir, by=by, now=now
    )


def _action(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    action = queries.row_of(Action, row_id)
    of = db.session.get_one(Postmortem, action.postmortem_id)
    postmortem_actions.give_action(of, action, to_id=heir, by=by, now=now)


def _duty(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    notification_actions.hand_duty(queries.row_of(Duty, row_id), heir, by=by, now=now)


def _team(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    auth_actions.succeed(queries.row_of(Team, row_id), "lead_id", to_id=heir, by=by, now=now)


def _report(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    auth_actions.succeed(auth.get(row_id), "manager_id", to_id=heir, by=by, now=now)


def _substitute(row_id: int, heir: int, _plan: Handover, by: Actor, now: datetime) -> None:
    auth_actions.succeed(auth.get(row_id), "substitute_id", to_id=heir, by=by, now=now)


GIVE: dict[Belonging, Give] = {
    Belonging.ACCOUNT: _account,
    Belonging.SELLING: _selling,
    Belonging.CASE: _case,
    Belonging.EXECUTIVE: _executive,
    Belonging.TASK: _task,
    Belonging.STATUS: _status,
    Belonging.PROMISE: _promise,
    Belonging.POSTMORTEM: _postmortem,
    Belonging.ACTION: _action,
    Belonging.DUTY: _duty,
    Belonging.TEAM: _team,
    Belonging.REPORT: _report,
    Belonging.SUBSTITUTE: _substitute,
}
