"""Leaving a post-mortem out that policy makes due takes two: a reason, and a second person."""

from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor, Role
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Postmortem, State
from .recording import decide, expect, inform, insist, log, tell_story
from .saving import forget_all_unsaved


def ask_waiver(
    row: Postmortem, *, reason: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Ask to leave it out, and say why; somebody of leadership who did not ask decides. Until
    then it is due like before.
    """
    insist(row, rules.Right.ASK_WAIVER, by=by)
    expect(row, version)
    if not reason.strip():
        raise Refused(_("Say why it is left out."), field="reason")
    row.waived_because = reason.strip()
    row.waiver_asked_by_id, row.waiver_asked_at = by.id, now
    log(row, "waiver_asked", by=by, now=now, changes={"reason": (None, row.waived_because)})
    people = {person.id: "approver" for person in auth_queries.people(role=Role.LEADERSHIP)}
    key = f"waiver:{row.version}"
    known = queries.told_of(row, people)
    told = {person: why for person, why in people.items() if person in known}
    inform(row, told, "waiver", key=key, by=by, now=now)


def waive(row: Postmortem, *, version: int | None, by: Actor, now: datetime) -> None:
    """Decide, as somebody of leadership other than who asked, that this one is left out."""
    insist(row, rules.Right.WAIVE, by=by)
    expect(row, version)
    _decide(row, waived=True, reason=row.waived_because, by=by, now=now)
    row.state = State.WAIVED
    forget_all_unsaved(row)
    uid = log(row, "waived", by=by, now=now, data={"asked_by": row.waiver_asked_by_id})
    text = _("%(ref)s is left out, with a reason.", ref=row.reference)
    tell_story(row, text, uid=uid, by=by, now=now)
    inform(row, _asked(row), "waived", key="waived", by=by, now=now)


def decline_waiver(
    row: Postmortem, *, reason: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Decide, as somebody of leadership other than who asked, that it is written after all."""
    insist(row, rules.Right.WAIVE, by=by)
    expect(row, version)
    if not reason.strip():
        raise Refused(_("Say why it is needed."), field="reason")
    _decide(row, waived=False, reason=reason.strip(), by=by, now=now)
    changes = {"reason": (row.waived_because, reason.strip())}
    told = _asked(row)
    log(row, "waiver_declined", by=by, now=now, changes=changes)
    key = f"waiver_declined:{row.version}"
    row.waived_because, row.waiver_asked_by_id, row.waiver_asked_at = "", None, None
    inform(row, told, "waiver_declined", key=key, by=by, now=now)


def _asked(row: Postmortem) -> dict[int, str]:
    """Give who hears what was decided: who asked, and who leads it."""
    people = {row.waiver_asked_by_id: "proposer", row.facilitator_id: "facilitator"}
    return {person: why for person, why in people.items() if person is not None}


def _decide(row: Postmortem, *, waived: bool, reason: str, by: Actor, now: datetime) -> None:
    decide(
        row,
        "waiver",
        facts={
            "reasons": row.reasons,
            "state": row.state.value,
            "asked_by": row.waiver_asked_by_id,
        },
        recommendation={"waived": False},
        chosen={"waived": waived},
        by=by,
        now=now,
        reason=reason,
    )
