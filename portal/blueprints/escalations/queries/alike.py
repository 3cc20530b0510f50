"""Other cases of an account: those for the same reason, and those that sound alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor
from portal.core.db import db
from portal.core.events import Event

from ..models import OPEN_STATES, AffectedAccount, Escalation, Severity, State, Trigger
from ..rules.alike import ALIKE, likeness, word_stems
from .finding import seen_by
from .parts import with_merged

SINCE = timedelta(days=730)
MOST_READ, MOST_SHOWN = 200, 5


@dataclass(frozen=True)
class Alike:
    """An earlier or open case that sounds like the one to be declared."""

    reference: str
    title: str
    severity: Severity
    state: State
    opened_at: datetime
    closed_at: datetime | None


def similar(
    viewer: Actor, account_id: int, text: str, *, trigger: Trigger | None, now: datetime
) -> list[Alike]:
    """Give ended cases of an account (and cases elsewhere that hit it) that speak of the same thing
    or had the same trigger, the most alike first, as far as the viewer may see them.
    """
    hit = sa.select(AffectedAccount.escalation_id).where(AffectedAccount.account_id == account_id)
    query = (
        sa.select(
            Escalation.reference,
            Escalation.title,
            Escalation.severity,
            Escalation.state,
            Escalation.opened_at,
            Escalation.closed_at,
            Escalation.trigger,
            Escalation.customer_words,
            Escalation.demand,
        )
        .where(
            sa.or_(
                sa.and_(
                    Escalation.account_id == account_id,
                    Escalation.state.in_([State.CLOSED, State.DECLINED]),
                ),
                Escalation.id.in_(hit),
            ),
            Escalation.opened_at > now - SINCE,
            seen_by(viewer, now=now),
        )
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
        .limit(MOST_READ)
    )
    stems, found = word_stems(text), []
    for row in db.session.execute(query):
        share = likeness(stems, word_stems(f"{row.customer_words} {row.demand}"))
        if share >= ALIKE or row.trigger is trigger:
            found.append((share, Alike(*row[:6])))
    found.sort(key=lambda pair: -pair[0])
    return [one for _share, one in found[:MOST_SHOWN]]


def open_for(viewer: Actor, account_id: int, trigger: Trigger, *, now: datetime) -> list[str]:
    """Give the references of an account's open cases with a trigger that the viewer may see."""
    query = sa.select(Escalation.reference).where(
        Escalation.account_id == account_id,
        Escalation.state.in_(OPEN_STATES),
        Escalation.trigger == trigger,
        seen_by(viewer, now=now),
    )
    return list(db.session.scalars(query.order_by(Escalation.id)))


def set_apart_from(case: Escalation) -> set[str]:
    """Give the references of the cases that somebody set a case apart from."""
    query = sa.select(Event.data).filter_by(name="escalations.set_apart", record_ref=case.reference)
    return {reference for data in db.session.scalars(query) for reference in data["from"]}


def hold_account(account_id: int) -> None:
    """Let nobody else declare for an account until this transaction ends. SQLite locks no rows: of
    two that write, one waits for the other's end in any case.
    """
    if db.session.get_bind().dialect.name == "sqlite":
        return
    db.session.execute(sa.select(Account.id).where(Account.id == account_id).with_for_update())


def affected_of(case: Escalation, account_id: int) -> AffectedAccount | None:
    """Give how a case hits another account, None where it does not."""
    query = sa.select(AffectedAccount).filter_by(escalation_id=case.id, account_id=account_id)
    return db.session.scalar(query)


def merged_into(case: Escalation) -> list[str]:
    """Give the references of the cases that went into one, directly or with another."""
    inside = sa.and_(Escalation.id.in_(with_merged(case.id)), Escalation.id != case.id)
    query = sa.select(Escalation.reference).where(inside)
    return list(db.session.scalars(query.order_by(Escalation.id)))
