"""Writing a holding statement, approving it, withdrawing it everywhere at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import methodcaller
from typing import Any

import sqlalchemy as sa

from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import rules as post_rules
from portal.core import events
from portal.core.access import Actor, K, Permission
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from . import queries, rules
from .models import Statement, StatementReading, StatementState


def write(
    case: Escalation,
    texts: Mapping[str, Mapping[str, Any]],
    *,
    holds_until: datetime,
    by: Actor,
    now: datetime,
) -> Statement:
    """Write a statement for the incident of a case, in each language; it waits for a second person,
    and what was approved before holds until then.
    """
    _refuse(case)
    wrong = rules.wrong_with(texts)
    if wrong.startswith("text"):
        raise Refused(_("Write what is said in each of the languages."), field=wrong)
    if wrong:
        words = _("Each question has an answer below it, and all languages have as many.")
        raise Refused(words, field=wrong)
    for language, one in texts.items():
        post_rules.refuse_fields(one["text"], field=f"text_{language}")
        asked = rules.unpaired(one["questions"])
        post_rules.refuse_fields(asked, field=f"questions_{language}")
    if not rules.fits(holds_until, now=now):
        raise Refused(_("It holds for at most 14 days, from now on."), field="holds_until")
    for earlier in queries.standing(case, StatementState.WRITTEN):
        earlier.state, earlier.ended_at = StatementState.DROPPED, now
    row = Statement(
        escalation_id=case.id,
        number=queries.count(case) + 1,
        texts={language: dict(one) for language, one in texts.items()},
        holds_until=holds_until,
        written_by_id=by.id,
        state=StatementState.WRITTEN,
        ended_because="",
    )
    db.session.add(row)
    db.session.flush()
    changes = {f"text_{language}": (None, one["text"]) for language, one in texts.items()}
    _record("written", row, case, by=by, now=now, changes=changes)
    may, path = methodcaller("may", Permission.STATEMENTS_APPROVE), f"/statements/{row.id}"
    cases.seek_approval(case, may, key=f"statement:{row.id}", path=path, by=by, now=now)
    return row


def approve(row: Statement, *, by: Actor, now: datetime) -> None:
    """Approve a statement, by somebody who did not write it: from now on it is what is said, in the
    place of the one before; who looks after a customer that is hit is told.
    """
    case = queries.case_of(row)
    _refuse(case)
    if row.state is not StatementState.WRITTEN:
        raise Refused(_("This statement is decided already."))
    if row.holds_until <= now:
        raise Refused(_("Its time is over: write a new one."))
    if not by.may(Permission.STATEMENTS_APPROVE) or by.id == row.written_by_id:
        raise Refused(_("A second person approves: who leads escalations, or counsel."))
    before = queries.standing(case, StatementState.APPROVED)
    for earlier in before:
        earlier.state, earlier.ended_at = StatementState.REPLACED, now
    row.state, row.approved_by_id, row.approved_at = StatementState.APPROVED, by.id, now
    _record("approved", row, case, by=by, now=now)
    readers = set().union(*(queries.readers(earlier) for earlier in before))
    _tell(row, readers | queries.front_line(case), "statements/approved", by=by, now=now)


def withdraw(row: Statement, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a statement back: at once nobody finds it any more as something to say, and who opened
    it, or looks after a customer that is hit, is told.
    """
    case = queries.case_of(row)
    if row.state not in {StatementState.WRITTEN, StatementState.APPROVED}:
        raise Refused(_("This statement is over already."))
    if not reason.strip():
        raise Refused(_("Say in a sentence why."), field="reason")
    was_said = row.state is StatementState.APPROVED
    row.state = StatementState.WITHDRAWN if was_said else StatementState.DROPPED
    row.ended_at, row.ended_because = now, " ".join(reason.split())[:400]
    changes = {"reason": (None, row.ended_because)}
    _record("withdrawn" if was_said else "dropped", row, case, by=by, now=now, changes=changes)
    if was_said:
        people = queries.readers(row) | queries.front_line(case)
        _tell(row, people, "statements/withdrawn", by=by, now=now)


def note_read(row: Statement, *, by: Actor, now: datetime) -> None:
    """Remember who opened a statement, so that they hear when it is withdrawn: no event."""
    key = {"statement_id": row.id, "person_id": by.id}
    if not insert_once(StatementReading, **key, at=now):
        db.session.execute(sa.update(StatementReading).filter_by(**key).values(at=now))


def _refuse(case: Escalation) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if case.restricted:
        raise Refused(_("This case is restricted: the front line does not hear of it."))
    if case.legal_mode:
        raise Refused(_("In legal mode nothing is said to customers without counsel's release."))


def _tell(
    row: Statement, people: Collection[int], template: str, *, by: Actor, now: datetime
) -> None:
    """Tell people where to look; the mail holds none of the words, which may be withdrawn."""
    for person_id in queries.active({one for one in people if one != by.id}):
        post.notify(
            person_id,
            template=template,
            context={"path": f"/statements/{row.id}"},
            why="reader",
            key=f"{template}:{row.id}:{person_id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )


def _record(
    verb: str,
    row: Statement,
    case: Escalation,
    *,
    by: Actor,
    now: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    events.record(
        f"statements.{verb}",
        by=by,
        now=now,
        record=case.reference,
        account_id=case.account_id,
        data={"statement": row.id, "number": row.number, "until": row.holds_until.isoformat()},
        changes=changes,
    )
