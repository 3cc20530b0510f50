"""Valid cases and proposals for the tests of this room, with only what matters spelled out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.concessions import actions
from portal.blueprints.concessions.models import Concession, Form, Ground
from portal.blueprints.escalations import actions as escalation_actions
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation, Trigger
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from portal.core.access import Actor
from portal.core.db import db as database


def case(
    account: Account, *, by: Actor, now: datetime, trigger: Trigger = Trigger.OTHER_EXTRAORDINARY
) -> Escalation:
    wish = escalation_queries.Wish(
        words="The line stood still for two days.", demand="Pay for it.", trigger=trigger
    )
    return escalation_actions.declare(account, wish, by=by, now=now, reason="as they said")


def wish(**more: Any) -> actions.Wish:
    known: dict[str, Any] = {"why": "Two outages in a week.", "currency": "EUR"} | more
    return actions.Wish(
        **{
            k: Decimal(v) if isinstance(v, int) and not isinstance(v, bool) else v
            for k, v in known.items()
        }
    )


def part(amount: int | str, ground: Ground = Ground.GOODWILL, **more: Any) -> actions.PartWish:
    known: dict[str, Any] = {"form": Form.SERVICE_CREDIT, "what": "A credit"} | more
    return actions.PartWish(ground=ground, amount=Decimal(amount), **known)


def draft(
    account: Account,
    amount: int | str,
    *,
    by: Actor,
    now: datetime,
    case: Escalation | None = None,
    **more: Any,
) -> Concession:
    """A draft that gives one gesture, within a month's fee."""
    row = actions.propose(account, wish(fee=Decimal(1_000_000), **more), by=by, now=now, case=case)
    actions.add_part(row, part(amount), by=by, now=now)
    return row


def publish(change: dict[str, Any], *, now: datetime) -> None:
    """Publish another version of the compensation policy."""
    old = database.session.scalars(
        sa.select(Policy).filter_by(kind=PolicyKind.COMPENSATION, state=PolicyState.PUBLISHED)
    ).one()
    old.state = PolicyState.WITHDRAWN
    database.session.flush()
    database.session.add(
        Policy(
            kind=PolicyKind.COMPENSATION,
            number=old.number + 1,
            state=PolicyState.PUBLISHED,
            body={**old.body, **change},
            published_at=now,
        )
    )
    database.session.flush()
