"""The people who must hear something about a case, and what each was told."""

from datetime import datetime

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries
from ..models import OPEN_STATES, Escalation, Stakeholder, Stance, Telling
from .recording import log, tell_story


def add_stakeholder(
    case: Escalation,
    *,
    by: Actor,
    now: datetime,
    contact_id: int | None = None,
    person_id: int | None = None,
    part: str = "",
    stance: Stance = Stance.UNKNOWN,
    needs: str = "",
) -> Stakeholder:
    """Note who must hear something about an open case: one of the customer's people, or of ours.

    One of ours is not let into the case by it; each stands there once.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Stakeholders belong to an open case."))
    if (contact_id is None) == (person_id is None):
        raise Refused(_("Choose one person."), field="who")
    if contact_id is not None:
        queries.contact(case, contact_id)
    elif person_id is not None:
        auth_queries.get(person_id)
    if queries.stands_already(case, contact_id=contact_id, person_id=person_id):
        raise Refused(_("This person stands there already."), field="who")
    row = Stakeholder(
        escalation_id=case.id,
        contact_id=contact_id,
        person_id=person_id,
        part=part.strip(),
        stance=stance,
        needs=needs.strip(),
    )
    db.session.add(row)
    db.session.flush()
    log(
        case,
        "stakeholder_added",
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        data={
            "stakeholder": row.id,
            "contact": contact_id,
            "person": person_id,
            "stance": stance.value,
        },
        changes={"part": (None, row.part), "needs": (None, row.needs)},
    )
    return row


def judge_stakeholder(
    case: Escalation,
    row: Stakeholder,
    *,
    part: str,
    stance: Stance,
    needs: str,
    by: Actor,
    now: datetime,
) -> None:
    """Note that somebody's part, stance or need is another now; nothing is written if it is not."""
    _refuse_foreign(case, row)
    after = {"part": part.strip(), "stance": stance, "needs": needs.strip()}
    changes = {
        name: (str(getattr(row, name)), str(value))
        for name, value in after.items()
        if getattr(row, name) != value
    }
    if not changes:
        return
    for name, value in after.items():
        setattr(row, name, value)
    data = {"stakeholder": row.id, "stance": stance.value}
    log(
        case,
        "stakeholder_judged",
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        data=data,
        changes=changes,
    )


def tell(
    case: Escalation,
    row: Stakeholder,
    text: str,
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
) -> Telling:
    """Write down what a stakeholder was told `at`; it stands in the timeline too.

    It does not stop the clock of silence: a call, meeting or message that reached the customer is
    noted as what it was.
    """
    _refuse_foreign(case, row)
    at = at or now
    if not text.strip():
        raise Refused(_("Write what they were told."), field="text")
    if at > now:
        raise Refused(_("This lies in the future: note it once it has happened."), field="at")
    told = Telling(stakeholder_id=row.id, text=text.strip(), at=at, by_id=by.id)
    db.session.add(told)
    row.heard_at = max(at, row.heard_at) if row.heard_at else at
    db.session.flush()
    uid = log(
        case,
        "stakeholder_told",
        by=by,
        now=now,
        data={"stakeholder": row.id, "telling": told.id},
        changes={"text": (None, told.text)},
    )
    words = _("%(name)s was told: %(text)s", name=queries.name_of(row), text=told.text)
    lane = Lane.INTERNAL if row.contact_id is None else Lane.CUSTOMER
    tell_story(case, words, kind=EntryKind.NOTE, lane=lane, uid=uid, by=by, now=now, at=at)
    return told


def remove_stakeholder(case: Escalation, row: Stakeholder, *, by: Actor, now: datetime) -> None:
    """Take somebody off the list; what they were told stays in the timeline."""
    _refuse_foreign(case, row)
    row.left_at = now
    log(case, "stakeholder_removed", by=by, now=now, data={"stakeholder": row.id})


def _refuse_foreign(case: Escalation, row: Stakeholder) -> None:
    if row.escalation_id != case.id or row.left_at is not None:
        raise NotFound
