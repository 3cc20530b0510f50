"""What every action of this room does: the event, the story, the people told, hold and budget."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.escalations import actions as escalation_actions
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import from_minor, minor, rounded

from .. import queries, rules
from ..models import Budget, Concession, CreditLot, State
from ..queries import HOLDING, Weighed

ROOM = "concessions"


def account_of(row: Concession) -> Account:
    """Give the account of a compensation."""
    return account_queries.by_id(row.account_id)


def log(
    row: Concession,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    """Record the one event of an action; gives its id."""
    return events.record(
        f"{ROOM}.{verb}",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K.RESTRICTED,
        data={"case": row.case_ref, "state": row.state.value, **(data or {})},
        changes=changes,
    )


def tell_story(
    row: Concession,
    text: str,
    *,
    uid: str,
    by: Actor,
    now: datetime,
    lane: Lane = Lane.EXECUTIVE,
    kind: EntryKind = EntryKind.DECISION,
) -> None:
    """Add an entry to the timeline of the case, for those who may read amounts."""
    account_actions.add_entry(
        row.account_id,
        lane=lane,
        kind=kind,
        text=text,
        by=by,
        now=now,
        case_ref=row.case_ref,
        klass=K.RESTRICTED,
        language=by.language,
        event_uid=uid,
    )


def inform(
    row: Concession,
    people: Mapping[int, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
    **context: Any,
) -> None:
    """Tell people (id → why they are told) about a compensation, but not who did it."""
    shown = {"account": account_of(row).name, "by": by.name, "case": row.case_ref or ""}
    for person_id, why in people.items():
        if person_id == by.id:
            continue
        notification_actions.notify(
            person_id,
            template=f"{ROOM}/{template}",
            context=shown | context,
            why=why,
            key=f"{row.reference}:{key}:{person_id}",
            record=row.reference,
            account_id=row.account_id,
            klass=K.RESTRICTED,
            by=by,
            now=now,
        )


def log_lot(
    row: CreditLot,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Record the one event of an action on a lot."""
    events.record(
        f"{ROOM}.{verb}",
        by=by,
        now=now,
        record=row.reference,
        klass=K.RESTRICTED,
        data={"state": row.state.value, **(data or {})},
        changes=changes,
    )


def inform_lot(
    row: CreditLot,
    people: Mapping[int, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
    **context: Any,
) -> None:
    """Tell people (id → why they are told) about a lot, but not who did it."""
    shown = {
        "title": row.title,
        "amount": from_minor(row.total_minor, row.currency),
        "by": by.name,
    }
    for person_id, why in people.items():
        if person_id == by.id or not queries.still_here(person_id):
            continue
        notification_actions.notify(
            person_id,
            template=f"{ROOM}/{template}",
            context=shown | context,
            why=why,
            key=f"{row.reference}:{key}:{person_id}",
            record=row.reference,
            account_id=None,
            klass=K.RESTRICTED,
            by=by,
            now=now,
        )


def authors(row: Concession) -> dict[int, str]:
    """Give who asked for it, and why they are told."""
    return dict.fromkeys(sorted(queries.authors(row)), "proposer")


def step(row: Concession, *, allowed: Iterable[State], to: State) -> State:
    """Take a compensation to another state, or say that it stands elsewhere; gives the former."""
    if row.state not in tuple(allowed):
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    before, row.state = row.state, to
    return before


def hold_case(row: Concession, *, by: Actor, now: datetime) -> None:
    """Keep the case from closing while this is undecided or unanswered, and let go after."""
    if row.case_ref is None:
        return
    case = escalation_queries.by_reference(row.case_ref)
    act = escalation_actions.hold if row.state in HOLDING else escalation_actions.release
    act(case, room=ROOM, record=row.reference, by=by, now=now)


def void(row: Concession, *, now: datetime) -> int:
    """Void every signature that still holds; gives how many there were."""
    found = [one for one in queries.approvals(row) if one.voided_at is None]
    for one in found:
        one.voided_at = now
    return len(found)


def draw(row: Concession, account: Account, weighed: Weighed, *, now: datetime) -> None:
    """Draw what was granted on the region's budget of the quarter."""
    amount = rules.counted(weighed.request, policy=weighed.policy)
    region, quarter = account.region or "*", queries.quarter(now)
    insert_once(
        Budget,
        region=region,
        quarter=quarter,
        currency=weighed.policy.currency,
        amount_minor=minor(rounded(weighed.budget)),
        drawn_minor=0,
    )
    budget = queries.budget(account.region, now=now, lock=True)
    if budget is None:
        raise LookupError(f"{region} {quarter}")
    budget.drawn_minor += minor(amount)
    row.drawn_minor, row.drawn_from_id = minor(amount), budget.id


def give_back(row: Concession) -> None:
    """Give back to the budget what is not given after all."""
    if row.drawn_from_id is None:
        return
    db.session.execute(
        sa.update(Budget)
        .where(Budget.id == row.drawn_from_id)
        .values(drawn_minor=Budget.drawn_minor - row.drawn_minor, version=Budget.version + 1)
        .execution_options(synchronize_session=False)
    )
    row.drawn_minor, row.drawn_from_id = 0, None
