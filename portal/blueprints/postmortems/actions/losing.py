"""The note of five minutes about a customer who left: opened by the clock, written by who looked
after them.
"""

from datetime import date, datetime
from typing import Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications import queries as notification_queries
from portal.core import access, events
from portal.core.access import Actor, K, Permission, RelationKind, Role
from portal.core.calendar import end_of_business_day
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Factor, LossNote, LossState
from .recording import expect


def open_note(
    account: Account, lost_on: date, *, policy: tuple[Any, int], by: Actor, now: datetime
) -> LossNote:
    """Ask who looked after a lost customer for a note, by the day on which a draft would be due."""
    house = queries.house()
    year = rules.local_day(now, zone=house.zone).year
    reference, register = next_reference(rules.LOSS_PREFIX, year=year)
    calendar = queries.calendar(house)
    due = end_of_business_day(calendar, now, policy[0].deadlines.draft)
    row = LossNote(
        reference=reference,
        register_year=year,
        register_number=register,
        account_id=account.id,
        owner_id=account.owner_id,
        lost_on=lost_on,
        due_on=rules.local_day(due, zone=house.zone),
        policy_number=policy[1],
        arr_minor=account.arr_minor,
        currency=account.currency,
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _log(row, "loss_noted", by=by, now=now, data={"lost_on": lost_on.isoformat()})
    if account.owner_id is not None:
        access.relate(
            db.session,
            kind=RelationKind.NAMED,
            person_id=account.owner_id,
            account_id=account.id,
            record_ref=reference,
        )
    _tell(row, account, _first(row), "loss", key="due", by=by, now=now)
    return row


def write_loss(
    row: LossNote,
    *,
    what: str,
    factor: Factor,
    sentence: str,
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Write the note, or correct it: what was lost, the cause from the taxonomy, one sentence."""
    if not may_write(row, by=by):
        raise Refused(
            _("Who looked after this customer writes the note, or who writes post-mortems.")
        )
    if row.state is LossState.VOID:
        raise Refused(_("This customer was not lost after all."))
    expect(row, version)
    given = {"what": " ".join(what.split()), "sentence": " ".join(sentence.split())}
    for field, text in given.items():
        if not text:
            raise Refused(_("This cannot be empty."), field=field)
    changes = {name: (getattr(row, name) or None, text) for name, text in given.items()}
    row.what, row.sentence, row.factor = given["what"], given["sentence"], factor
    row.state = LossState.WRITTEN
    row.written_by_id, row.written_at = by.id, row.written_at or now
    _log(row, "loss_written", by=by, now=now, data={"factor": factor.value}, changes=changes)


def may_write(row: LossNote, *, by: Actor) -> bool:
    """Say whether somebody who sees a note writes it."""
    if by.may(Permission.POSTMORTEMS_WRITE):
        return True
    return by.id == row.owner_id and by.may(Permission.POSTMORTEMS_CONTRIBUTE)


def chase_loss(row: LossNote, *, by: Actor, now: datetime) -> int:
    """Let a note rest whose customer is not lost after all; tell its owner and, some days later,
    those who write post-mortems that one is late, each once. Gives how many are told.
    """
    account = db.session.get_one(Account, row.account_id)
    if queries.lost_account(account.id) is None:
        row.state = LossState.VOID
        _log(row, "loss_voided", by=by, now=now)
        return 0
    today = queries.today_of(now)
    if row.due_on >= today:
        return 0
    people = _first(row)
    if (today - row.due_on).days > queries.policy_in_force()[0].chasing.manager_days:
        people |= {p.id: "approver" for p in auth_queries.people(role=Role.ESCALATION_MANAGER)}
    return _tell(row, account, people, "loss_late", key="late", by=by, now=now)


def _first(row: LossNote) -> dict[int, str]:
    """Say who is asked first: who looked after the customer, else those who write post-mortems."""
    if row.owner_id is not None and auth_queries.get(row.owner_id).active:
        return {row.owner_id: "account_owner"}
    return {p.id: "approver" for p in auth_queries.people(role=Role.ESCALATION_MANAGER)}


def _tell(
    row: LossNote,
    account: Account,
    people: dict[int, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
) -> int:
    told = 0
    for person_id, why in people.items():
        once = f"{row.reference}:{key}:{person_id}"
        if person_id == by.id or notification_queries.by_key(once) is not None:
            continue
        notification_actions.notify(
            person_id,
            template=f"postmortems/{template}",
            context={
                "reference": row.reference,
                "account": account.name,
                "due_on": row.due_on,
            },
            why=why,
            key=once,
            record=row.reference,
            account_id=row.account_id,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
        told += 1
    return told


def _log(row: LossNote, verb: str, *, by: Actor, now: datetime, **more: Any) -> None:
    row.updated_at = now
    events.record(
        f"postmortems.{verb}",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K.INTERNAL,
        **more,
    )
