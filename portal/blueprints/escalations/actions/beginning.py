"""The beginning of a case: its clocks, playbook and story, who is called in and who is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.core import jobs
from portal.core.access import Actor
from portal.core.db import db

from .. import queries
from ..models import OPEN_STATES, CaseStep, ClockEvent, Escalation
from ..rules import ClockEventKind
from .playing import asked, call_in
from .recording import count_open, inform, keep, log, show_due, tell_story


def save(case: Escalation) -> None:
    """Write a case that may be new: what is written down next names it."""
    db.session.add(case)
    db.session.flush()


def begin(case: Escalation, *, told: Mapping[int, str], by: Actor, now: datetime) -> None:
    """Start the clocks, lay out the playbook and tell the story's beginning; a job calls in the
    response team and tells the people concerned.
    """
    begun = _begun(case, by=by, now=now)
    show_due(case, [ClockEvent(**values) for values in begun])
    steps = asked(case, now=now)
    save(case)
    keep(case, ClockEvent, begun)
    keep(case, CaseStep, steps)
    uid = log(
        case,
        "declared",
        by=by,
        now=now,
        data=told_of(case),
        changes={"customer_words": (None, case.customer_words), "demand": (None, case.demand)},
    )
    tell_story(
        case,
        case.customer_words,
        kind=EntryKind.EMAIL_IN if case.channel.value == "email" else EntryKind.CALL,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=by,
        now=now,
        language=case.words_language,
    )
    count_open(case.account_id)
    jobs.enqueue(
        "escalations.introduce",
        key=f"introduce:{case.reference}",
        payload={
            "reference": case.reference,
            "told": list(told.items()),
            "by": by.id,
            "at": now.isoformat(),
        },
    )


def _begun(case: Escalation, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    """Give what starts the clocks of a case: it is opened, and its owner is named."""
    here = {"at": now, "recorded_at": now, "person_id": by.id}
    opened = {"kind": ClockEventKind.OPENED.value, "severity": case.severity, **here}
    if case.owner_id is None:
        return [opened]
    return [opened, {"kind": ClockEventKind.OWNER_NAMED.value, "severity": None, **here}]


def introduce(case: Escalation, *, told: Mapping[int, str], by: Actor, now: datetime) -> None:
    """Call in the response team of a case that was declared `now`, and tell the people concerned
    (id → why), but not who declared it.
    """
    is_open = case.state in OPEN_STATES
    called = call_in(case, by=by, now=now) if is_open else {}
    silence = next((c.due_at for c in queries.clocks_of(case) if c.kind is queries.SILENCE), None)
    inform(
        case,
        dict.fromkeys(called, "response") | dict(told),
        "declared",
        key="declared",
        by=by,
        now=now,
        demand=case.demand,
        words=case.customer_words[:1_000],
        language=case.words_language,
        next_contact=silence,
        deadline=case.deadline_at,
    )


def told_of(case: Escalation) -> dict[str, Any]:
    """Give what stays in the log for ever: keys and enum values alone."""
    return {
        "trigger": case.trigger.value,
        "severity": case.severity.value,
        "level": case.level.value,
        "executive": case.executive,
        "owner": case.owner_id,
        "team": case.team_id,
    }
