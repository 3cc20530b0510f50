"""Asking one person or team at set times how an incident stands, for all cases that wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.notifications import actions as post
from portal.core import events
from portal.core.access import Actor, K, Permission
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _, followed

from . import queries, rules
from .models import Round, RoundCall, RoundCase


def open_round(
    case: Escalation,
    question: str,
    *,
    person_id: int | None = None,
    team_id: int | None = None,
    times: Sequence[int] | None,
    zone: str,
    workdays: bool,
    within: int,
    by: Actor,
    now: datetime,
) -> Round:
    """Let one person or team be asked at set times (minutes after midnight on the wall of a zone)
    how the incident of a case stands; the case waits for the answers. Refused while it waits for
    another round: one question, one that is asked.
    """
    _refuse_ended(case)
    words = " ".join(question.split())
    if not words:
        raise Refused(_("Write what is asked."), field="question")
    if not times:
        raise Refused(_("Write up to six times, such as 10:00, 16:00."), field="times")
    if not rules.LEAST_WITHIN <= within <= rules.MOST_WITHIN:
        raise Refused(_("Give between 15 minutes and eight hours."), field="within")
    _refuse_waiting(case)
    _refuse_nobody(person_id, team_id)
    row = Round(
        escalation_id=case.id,
        question=words[:300],
        person_id=person_id,
        team_id=team_id,
        times=list(times),
        zone=zone,
        workdays=workdays,
        within_minutes=within,
        opened_by_id=by.id,
        next_at=rules.next_time(times, zone=zone, workdays=workdays, after=now),
        stopped_because="",
    )
    db.session.add(row)
    db.session.flush()
    insert_once(RoundCase, round_id=row.id, escalation_id=case.id, since=now)
    data = {"person": person_id, "team": team_id, "times": list(times), "zone": zone}
    _record("opened", row, case, by=by, now=now, data=data, changes={"question": (None, words)})
    return row


def join(row: Round, case: Escalation, *, by: Actor, now: datetime) -> None:
    """Let a case wait for the answers of a round that runs, too."""
    _refuse_stopped(row)
    _refuse_ended(case)
    _refuse_waiting(case)
    before = queries.place(row, case)
    if before is None:
        insert_once(RoundCase, round_id=row.id, escalation_id=case.id, since=now)
    else:
        before.since, before.left_at = now, None
    _record("joined", row, case, by=by, now=now)


def leave(row: Round, case: Escalation, *, by: Actor, now: datetime) -> None:
    """Let a case wait no more; once none does, the round stops at its next time."""
    place = queries.place(row, case)
    if place is None or place.left_at is not None:
        raise Refused(_("This case does not wait for it."))
    place.left_at = now
    _record("left", row, case, by=by, now=now)


def ask(row: Round, *, by: Actor, now: datetime) -> None:
    """Ask whoever it is now, once for all cases that wait, and say when the next time is; stops
    where no open case waits any more. Times that went by meanwhile are asked for once.
    """
    if row.next_at is None or row.next_at > now:
        return
    if not queries.waiting(row):
        _stop(row, "", by=by, now=now)
        return
    due_at = row.next_at
    row.next_at = rules.next_time(
        row.times, zone=row.zone, workdays=row.workdays, after=max(now, due_at)
    )
    asked_id = queries.answering(row, now=now)
    answer_by = now + timedelta(minutes=row.within_minutes)
    insert_once(
        RoundCall, round_id=row.id, due_at=due_at, asked_id=asked_id, asked_at=now,
        answer_by=answer_by, answer="",
    )  # fmt: skip
    key, case = f"round:{row.id}:{due_at.isoformat()}", queries.begun_for(row)
    _record("asked", row, case, by=by, now=now, data={"asked": asked_id})
    told = {"question": row.question, "until": answer_by}
    if asked_id is None:
        _tell(row, row.opened_by_id, "rounds/nobody", why="proposer", key=key, by=by, now=now)
    else:
        why = _why(row, asked_id)
        _tell(row, asked_id, "rounds/asked", why=why, key=key, by=by, now=now, context=told)


def remind(row: Round, *, by: Actor, now: datetime) -> None:
    """Remind of an answer that did not come in time, once; who began the round hears, too."""
    call = queries.open_call(row)
    if call is None or call.reminded_at is not None:
        return
    call.reminded_at = now
    asked_id = queries.answering(row, now=now)
    case = queries.begun_for(row)
    _record("reminded", row, case, by=by, now=now, data={"call": call.id, "asked": asked_id})
    told, key = {"question": row.question}, f"round:{row.id}:{call.id}:late"
    if asked_id is not None:
        why = _why(row, asked_id)
        _tell(row, asked_id, "rounds/reminded", why=why, key=key, by=by, now=now, context=told)
    if row.opened_by_id not in (None, asked_id):
        opener, why = row.opened_by_id, "proposer"
        _tell(row, opener, "rounds/silent", why=why, key=key, by=by, now=now, context=told)


def tell(row: Round, text: str, *, by: Actor, now: datetime) -> int:
    """Say how an incident stands: it goes into the internal timeline of every case that waits, and
    who owns one is told; nothing of it leaves for a customer. Gives how many cases it reached.
    """
    if not may_tell(row, by=by, now=now):
        raise Refused(_("This is for who is asked, or for who began the round."))
    _refuse_stopped(row)
    words = text.strip()[:4000]
    if not words:
        raise Refused(_("Write how it stands."), field="text")
    call = queries.open_call(row)
    if call is None:
        call = RoundCall(round_id=row.id, due_at=now, answer="")
        db.session.add(call)
    call.answered_at, call.answered_by_id, call.answer = now, by.id, words
    db.session.flush()
    found = queries.waiting(row)
    data = {"call": call.id, "cases": len(found)}
    changes = {"answer": (None, words)}
    uid = _record("told", row, queries.begun_for(row), by=by, now=now, data=data, changes=changes)
    said = followed(_("Technical status:"), words)
    for case in found:
        _write_down(case, said, uid=uid, by=by, now=now)
    told = {"question": row.question, "answer": words, "name": by.name}
    for person_id in sorted({one.owner_id for one in found if one.owner_id} - {by.id}):
        key = f"round:{row.id}:{call.id}:told:{person_id}"
        _tell(row, person_id, "rounds/told", why="owner", key=key, by=by, now=now, context=told)
    return len(found)


def _write_down(case: Escalation, said: str, *, uid: str, by: Actor, now: datetime) -> None:
    account_actions.add_entry(
        case.account_id,
        lane=Lane.INTERNAL,
        kind=EntryKind.NOTE,
        text=said,
        by=by,
        now=now,
        case_ref=case.reference,
        klass=K.INTERNAL,
        language=by.language,
        event_uid=uid,
    )


def may_tell(row: Round, *, by: Actor, now: datetime) -> bool:
    """Say whether somebody may answer: who is asked or stands in for them, who belongs to the team,
    and who began the round, for what they heard.
    """
    if by.id is None:
        return False
    asked = {row.person_id, row.opened_by_id, queries.answering(row, now=now)}
    return by.id in asked or row.team_id in by.teams


def change_whom(
    row: Round, *, person_id: int | None, team_id: int | None, by: Actor, now: datetime
) -> None:
    """Let somebody else be asked from the next time on."""
    _refuse_stopped(row)
    _refuse_nobody(person_id, team_id)
    if (row.person_id, row.team_id) == (person_id, team_id):
        raise Refused(_("They are asked already."), field="asked")
    data = {"before": [row.person_id, row.team_id], "after": [person_id, team_id]}
    row.person_id, row.team_id = person_id, team_id
    _record("turned", row, queries.begun_for(row), by=by, now=now, data=data)


def stop(row: Round, *, reason: str, by: Actor, now: datetime) -> None:
    """Ask nobody any more, and say why; who is asked is told."""
    _refuse_stopped(row)
    if not reason.strip():
        raise Refused(_("Say in a sentence why."), field="reason")
    asked_id = queries.answering(row, now=now)
    _stop(row, " ".join(reason.split())[:400], by=by, now=now)
    if asked_id not in (None, by.id):
        told, key = {"question": row.question}, f"round:{row.id}:stopped"
        why = _why(row, asked_id)
        _tell(row, asked_id, "rounds/stopped", why=why, key=key, by=by, now=now, context=told)


def _stop(row: Round, reason: str, *, by: Actor, now: datetime) -> None:
    """Stop a round; without a reason because no case waits any more."""
    row.next_at, row.stopped_at, row.stopped_because = None, now, reason
    changes = {"reason": (None, reason)} if reason else None
    _record("stopped", row, queries.begun_for(row), by=by, now=now, changes=changes)


def _why(row: Round, person_id: int | None) -> str:
    if row.team_id is not None:
        return "team"
    return "assigned" if person_id == row.person_id else "substitute"


def _refuse_stopped(row: Round) -> None:
    if row.next_at is None:
        raise Refused(_("This round has stopped."))


def _refuse_ended(case: Escalation) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))


def _refuse_waiting(case: Escalation) -> None:
    if queries.waits(case) is not None:
        raise Refused(_("This case waits for a technical status already: one question is enough."))


def _refuse_nobody(person_id: int | None, team_id: int | None) -> None:
    """Refuse who could not open the page of the question."""
    if (person_id is None) == (team_id is None):
        raise Refused(_("Choose who is asked."), field="asked")
    if person_id is None:
        if db.session.get(Team, team_id) is None:
            raise Refused(_("Choose who is asked."), field="asked")
        auth_actions.refuse_retired(team_id, field="asked")
        return
    person = auth.get(person_id)
    if not person.active or not auth.actor_of(person).may(Permission.ROUNDS_ANSWER):
        raise Refused(_("%(name)s cannot be asked.", name=person.name), field="asked")


def _tell(
    row: Round,
    person_id: int | None,
    template: str,
    *,
    why: str,
    key: str,
    by: Actor,
    now: datetime,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Tell somebody about a round; its words stay in the portal where its case is restricted."""
    if person_id is None or not auth.get(person_id).active:
        return
    post.notify(
        person_id,
        template=template,
        context={"question": row.question, **(context or {}), "path": f"/rounds/{row.id}"},
        why=why,
        key=f"{template}:{key}",
        record=None,
        account_id=None,
        klass=K.RESTRICTED if queries.is_shut(row) else K.INTERNAL,
        by=by,
        now=now,
    )


def _record(
    verb: str,
    row: Round,
    case: Escalation,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    return events.record(
        f"rounds.{verb}",
        by=by,
        now=now,
        record=case.reference,
        account_id=case.account_id,
        data={"round": row.id, **(data or {})},
        changes=changes,
    )
